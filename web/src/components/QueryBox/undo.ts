import { Annotation, type Extension, StateField, type Transaction } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";

interface Snapshot {
  readonly text: string;
  readonly head: number;
}

interface Stacks {
  readonly past: readonly Snapshot[];
  readonly future: readonly Snapshot[];
  /** When the newest snapshot was taken, and whether typing may still add to it. */
  readonly at: number;
}

const most = 200;
/** Keys within this time are undone together. */
const together = 600;

const stepped = Annotation.define<Stacks>();

function snapshot(transaction: Transaction): Snapshot {
  return { text: transaction.startState.doc.toString(), head: transaction.startState.selection.main.head };
}

/**
 * Undo and redo for a text of a few lines, as whole snapshots. CodeMirror's own
 * history comes with its command package and a parser framework, 20 kB that a
 * query box has no use for.
 */
const stacks = StateField.define<Stacks>({
  create: () => ({ past: [], future: [], at: 0 }),
  update: (value, transaction) => {
    const done = transaction.annotation(stepped);
    if (done !== undefined) return done;
    if (!transaction.docChanged) return value;
    const now = Date.now();
    const typing = transaction.isUserEvent("input.type") || transaction.isUserEvent("delete");
    if (typing && value.past.length > 0 && now - value.at < together) return { ...value, future: [], at: now };
    return { past: [...value.past.slice(1 - most), snapshot(transaction)], future: [], at: typing ? now : 0 };
  },
});

function step(view: EditorView, back: boolean): boolean {
  const { past, future } = view.state.field(stacks);
  const from = back ? past : future;
  const target = from.at(-1);
  if (target === undefined) return true;
  const here: Snapshot = { text: view.state.doc.toString(), head: view.state.selection.main.head };
  const rest = from.slice(0, -1);
  view.dispatch({
    changes: { from: 0, to: view.state.doc.length, insert: target.text },
    selection: { anchor: Math.min(target.head, target.text.length) },
    annotations: stepped.of(back ? { past: rest, future: [...future, here], at: 0 } : { past: [...past, here], future: rest, at: 0 }),
    scrollIntoView: true,
  });
  return true;
}

export function undoable(): Extension {
  return [
    stacks,
    keymap.of([
      { key: "Mod-z", run: (view) => step(view, true), preventDefault: true },
      { key: "Mod-Shift-z", run: (view) => step(view, false), preventDefault: true },
      { key: "Mod-y", run: (view) => step(view, false), preventDefault: true },
    ]),
    EditorView.domEventHandlers({
      // The browser's menu and the phone's gestures.
      beforeinput: (event, view) => {
        if (event.inputType !== "historyUndo" && event.inputType !== "historyRedo") return false;
        event.preventDefault();
        return step(view, event.inputType === "historyUndo");
      },
    }),
  ];
}
