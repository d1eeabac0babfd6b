import { type EditorState, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";
import { tokenize, type TokenKind } from "../../model/queryTokens";

const marks: Readonly<Record<TokenKind, Decoration | undefined>> = {
  space: undefined,
  field: Decoration.mark({ class: "q-field" }),
  operator: Decoration.mark({ class: "q-operator" }),
  keyword: Decoration.mark({ class: "q-keyword" }),
  value: undefined,
  string: Decoration.mark({ class: "q-string" }),
  star: Decoration.mark({ class: "q-star" }),
  paren: Decoration.mark({ class: "q-operator" }),
  pipe: Decoration.mark({ class: "q-pipe" }),
  function: Decoration.mark({ class: "q-function" }),
};

function decorate(state: EditorState): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { kind, from, to } of tokenize(state.doc.toString())) {
    const mark = marks[kind];
    if (mark !== undefined) builder.add(from, to, mark);
  }
  return builder.finish();
}

/** The colours of the query language. A query is a few lines: it is read whole at each change. */
export const highlight = StateField.define<DecorationSet>({
  create: decorate,
  update: (value, transaction) => (transaction.docChanged ? decorate(transaction.state) : value),
  provide: (field) => EditorView.decorations.from(field),
});

/** A place in the text that is wrong, or doubtful. */
export interface Flaw {
  readonly from: number;
  readonly to: number;
  readonly kind: "error" | "doubt";
}

export const setFlaws = StateEffect.define<readonly Flaw[]>();

/** Wavy lines. They move with the text until the next check. */
export const flaws = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (value, transaction) => {
    let next = value.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setFlaws)) continue;
      const length = transaction.state.doc.length;
      next = Decoration.set(
        effect.value
          .filter(({ from, to }) => from < to && to <= length)
          .map(({ from, to, kind }) => Decoration.mark({ class: kind === "error" ? "q-wrong" : "q-doubt" }).range(from, to)),
        true,
      );
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});
