import "./QueryBox.css";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap, placeholder } from "@codemirror/view";
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import { flaws, type Flaw, highlight, setFlaws } from "./highlight";
import { undoable } from "./undo";

export type { Flaw } from "./highlight";

export interface QueryBoxHandle {
  focus(): void;
  /** Puts signs where the cursor is, for the phone's key row. */
  insert(text: string): void;
}

interface Props {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
  /** Esc: gives the focus back to the page. */
  readonly onLeave: () => void;
  /** Earlier queries, newest first, for the arrow keys in an empty box. */
  readonly earlier: () => readonly string[];
  readonly label: string;
  readonly hint: string;
  readonly flaws: readonly Flaw[];
  /** The id of the element that says what is wrong. */
  readonly describedBy?: string | undefined;
  readonly ref?: Ref<QueryBoxHandle>;
}

function nonce(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');
  return meta?.nonce ?? "";
}

function breakLine(view: EditorView): boolean {
  view.dispatch(view.state.replaceSelection("\n"), { scrollIntoView: true });
  return true;
}

/**
 * Does what is typed over a selection. Left to the browser, it would keep the
 * colours of what was selected by inline styles, which our policy forbids.
 */
function replaceSelected(event: InputEvent, view: EditorView): boolean {
  if (view.composing || view.state.selection.main.empty) return false;
  const insert = event.inputType === "insertText" ? event.data : event.inputType.startsWith("delete") ? "" : null;
  if (insert === null) return false;
  event.preventDefault();
  view.dispatch(view.state.replaceSelection(insert), { userEvent: insert === "" ? "delete.selection" : "input.type", scrollIntoView: true });
  return true;
}

/** Walks the earlier queries with the arrow keys while the box holds one of them, or nothing. */
function walk(view: EditorView, list: readonly string[], by: 1 | -1): boolean {
  const text = view.state.doc.toString();
  const at = text === "" ? -1 : list.indexOf(text);
  if (text !== "" && at < 0) return false;
  const next = at + by;
  if (next < -1 || next >= list.length) return false;
  const insert = next < 0 ? "" : (list[next] ?? "");
  view.dispatch({ changes: { from: 0, to: text.length, insert }, selection: { anchor: insert.length } });
  return true;
}

/**
 * The query's editor. Enter runs, Shift+Enter breaks the line; while a Chinese
 * input method composes, Enter belongs to it. The text is kept as typed.
 */
export function QueryBox({ ref, ...props }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  // The editor lives longer than a render: its keys ask for the newest props.
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  const [aria] = useState(() => new Compartment());

  useEffect(() => {
    if (host.current === null) return undefined;
    const run = (target: EditorView) => {
      if (target.composing) return false;
      latest.current.onRun();
      return true;
    };
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          Prec.highest(
            keymap.of([
              { key: "Enter", run, shift: breakLine },
              { key: "Mod-Enter", run },
              { key: "ArrowUp", run: (target) => walk(target, latest.current.earlier(), 1) },
              { key: "ArrowDown", run: (target) => walk(target, latest.current.earlier(), -1) },
              {
                key: "Escape",
                run: () => {
                  latest.current.onLeave();
                  return true;
                },
              },
            ]),
          ),
          undoable(),
          EditorView.domEventHandlers({ beforeinput: replaceSelected }),
          drawSelection(),
          highlight,
          flaws,
          placeholder(latest.current.hint),
          EditorView.lineWrapping,
          EditorView.cspNonce.of(nonce()),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
          aria.of([]),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = undefined;
    };
  }, [aria]);

  const { value, label, hint, describedBy } = props;
  const wrong = props.flaws.some(({ kind }) => kind === "error");
  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    const text = editor.state.doc.toString();
    if (text !== value) editor.dispatch({ changes: { from: 0, to: text.length, insert: value }, selection: { anchor: value.length } });
  }, [value]);
  useEffect(() => {
    view.current?.dispatch({ effects: setFlaws.of(props.flaws) });
  }, [props.flaws]);
  useEffect(() => {
    view.current?.dispatch({
      effects: aria.reconfigure(
        EditorView.contentAttributes.of({
          "aria-label": label,
          "aria-placeholder": hint,
          spellcheck: "false",
          autocorrect: "off",
          autocapitalize: "off",
          enterkeyhint: "search",
          "aria-invalid": String(wrong),
          ...(describedBy === undefined ? {} : { "aria-describedby": describedBy }),
        }),
      ),
    });
  }, [aria, label, hint, wrong, describedBy]);

  useImperativeHandle(ref, () => ({
    focus: () => view.current?.focus(),
    insert: (text) => {
      const editor = view.current;
      if (editor === undefined) return;
      editor.dispatch(editor.state.replaceSelection(text));
      editor.focus();
    },
  }));

  return <div ref={host} className="query-box" />;
}
