import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { expect, test } from "vitest";
import { undoable } from "./undo";

function editor(doc: string): EditorView {
  const view = new EditorView({ parent: document.body, state: EditorState.create({ doc, extensions: undoable() }) });
  return view;
}

function press(view: EditorView, key: string): void {
  view.contentDOM.dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey: true, bubbles: true, cancelable: true }));
}

function type(view: EditorView, text: string): void {
  view.dispatch({ changes: { from: view.state.doc.length, insert: text }, userEvent: "input.type" });
}

const text = (view: EditorView) => view.state.doc.toString();

test("what was typed in one go is undone and redone together", () => {
  const view = editor("level");
  type(view, ":");
  type(view, "error");
  press(view, "z");
  expect(text(view)).toBe("level");
  press(view, "z");
  expect(text(view)).toBe("level");
  press(view, "y");
  expect(text(view)).toBe("level:error");
  press(view, "y");
  expect(text(view)).toBe("level:error");
});

test("a query that was put in from outside is a step of its own", () => {
  const view = editor("");
  type(view, "a");
  view.dispatch({ changes: { from: 0, to: 1, insert: "b and c" } });
  type(view, "d");
  press(view, "z");
  expect(text(view)).toBe("b and c");
  press(view, "z");
  expect(text(view)).toBe("a");
  type(view, "x");
  press(view, "y");
  expect(text(view)).toBe("ax");
});
