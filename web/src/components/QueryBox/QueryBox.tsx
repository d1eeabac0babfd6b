import "./QueryBox.css";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, keymap, placeholder } from "@codemirror/view";
import { type Ref, type RefObject, useEffect, useImperativeHandle, useRef, useState } from "react";
import { flaws, type Flaw, highlight, setFlaws } from "./highlight";
import { undoable } from "./undo";

export type { Flaw } from "./highlight";

/** Where somebody is typing: in the text, and on the screen (px). */
export interface Caret {
  readonly text: string;
  readonly at: number;
  readonly left: number;
  readonly top: number;
  readonly bottom: number;
}

/** What helps with typing takes some keys while it is open; false leaves them to the box. */
export type AssistKey = "up" | "down" | "accept" | "close";
export interface Assist {
  key(key: AssistKey): boolean;
}

export interface QueryBoxHandle {
  focus(): void;
  /** Writes over a part of the text, as if it was typed. */
  replace(from: number, to: number, text: string): void;
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
  /** Told at each key that types, and of nothing when the cursor goes elsewhere. Never while an input method composes. */
  readonly onCaret?: (caret: Caret | undefined) => void;
  readonly assist?: RefObject<Assist | null>;
  /** The ids of the list that helps and of its chosen option, while it is open. */
  readonly list?: string | undefined;
  readonly option?: string | undefined;
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

/** Counts what was told of the cursor, so that what is overtaken while the editor is laid out is not told any more. */
interface Telling {
  turn: number;
}

/** Tells where the cursor is, once the editor has been laid out. */
function tellCaret(view: EditorView, tell: ((caret: Caret | undefined) => void) | undefined, telling: Telling): void {
  if (tell === undefined || view.composing) return;
  const turn = ++telling.turn;
  view.requestMeasure({
    read: (target) => target.coordsAtPos(target.state.selection.main.head),
    write: (place, target) => turn === telling.turn && tell(place === null ? undefined : { text: target.state.doc.toString(), at: target.state.selection.main.head, left: place.left, top: place.top, bottom: place.bottom }),
  });
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
    const telling: Telling = { turn: 0 };
    const leave = () => {
      telling.turn++;
      latest.current.onCaret?.(undefined);
    };
    const run = (target: EditorView) => {
      if (target.composing) return false;
      leave();
      latest.current.onRun();
      return true;
    };
    const assisted = (key: AssistKey) => latest.current.assist?.current?.key(key) === true;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          Prec.highest(
            keymap.of([
              { key: "Enter", run, shift: breakLine },
              { key: "Mod-Enter", run },
              { key: "ArrowUp", run: (target) => assisted("up") || walk(target, latest.current.earlier(), 1) },
              { key: "ArrowDown", run: (target) => assisted("down") || walk(target, latest.current.earlier(), -1) },
              {
                key: "Tab",
                run: (target) => !target.composing && assisted("accept"),
              },
              {
                key: "Ctrl-Space",
                run: (target) => {
                  tellCaret(target, latest.current.onCaret, telling);
                  return true;
                },
              },
              {
                key: "Escape",
                run: () => {
                  if (assisted("close")) return true;
                  latest.current.onLeave();
                  return true;
                },
              },
            ]),
          ),
          undoable(),
          EditorView.domEventHandlers({
            beforeinput: replaceSelected,
            blur: leave,
            // The editor is told of the composed text a moment later.
            compositionend: (_, target) => void setTimeout(() => tellCaret(target, latest.current.onCaret, telling), 0),
          }),
          drawSelection(),
          highlight,
          flaws,
          placeholder(latest.current.hint),
          EditorView.lineWrapping,
          EditorView.cspNonce.of(nonce()),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
            if (update.transactions.some((change) => change.docChanged && (change.isUserEvent("input") || change.isUserEvent("delete")))) tellCaret(update.view, latest.current.onCaret, telling);
            else if (update.selectionSet || update.docChanged) leave();
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

  const { value, label, hint, describedBy, list, option } = props;
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
          "aria-autocomplete": "list",
          ...(list === undefined ? {} : { "aria-controls": list }),
          ...(option === undefined ? {} : { "aria-activedescendant": option }),
          ...(describedBy === undefined ? {} : { "aria-describedby": describedBy }),
        }),
      ),
    });
  }, [aria, label, hint, wrong, describedBy, list, option]);

  useImperativeHandle(ref, () => ({
    focus: () => view.current?.focus(),
    replace: (from, to, text) => {
      view.current?.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + text.length }, userEvent: "input.complete", scrollIntoView: true });
      view.current?.focus();
    },
    insert: (text) => {
      const editor = view.current;
      if (editor === undefined) return;
      editor.dispatch(editor.state.replaceSelection(text));
      editor.focus();
    },
  }));

  return <div ref={host} className="query-box" />;
}
