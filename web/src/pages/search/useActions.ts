import { type RefObject, useMemo } from "react";
import type { LogEvent } from "../../api/types";
import { copyText } from "../../components/copyText";
import type { Translate } from "../../i18n";
import { writeQuery } from "../../model/address";
import { cellValue } from "../../model/cells";
import { addClause, clauseText, toggleValue } from "../../model/clauses";
import { eventTime } from "../../model/format";
import { remember } from "../../model/queryHistory";
import { defaultWidth, formatSearch, type Search } from "../../model/search";
import { sourceOf } from "../../model/source";
import { fixed, type Span } from "../../model/timeRange";
import type { Draft } from "./useDraft";
import type { Update } from "./useSearchState";

interface Needs {
  readonly search: Search;
  readonly project: string;
  readonly zone: string;
  readonly draft: Draft;
  readonly update: Update;
  readonly again: () => void;
  readonly say: (text: string) => void;
  readonly t: Translate;
  /** The range as it is searched now. */
  readonly span: RefObject<Span>;
}

export interface Actions {
  readonly run: (q?: string) => void;
  readonly filter: (field: string, value: string, negated: boolean) => void;
  readonly toggle: (field: string, value: string) => void;
  readonly filterCell: (event: LogEvent | undefined, cell: string, negated: boolean) => void;
  readonly column: (field: string) => void;
  readonly range: (span: Span) => void;
  readonly around: (event: LogEvent) => void;
  /** All events that have this value, whatever was searched before. */
  readonly same: (field: string, value: string) => void;
  /** Copies a text and says what it was. */
  readonly copy: (text: string, what: string) => void;
  readonly copyEvent: (event: LogEvent) => void;
  readonly copyLink: (event?: LogEvent) => void;
}

/** What one can do on the page. Each changes the address, and so can be undone by Back. */
export function useActions(needs: Needs): Actions {
  const { search, project, zone, draft, update, again, say, t, span } = needs;
  const { text } = draft;
  return useMemo(() => {
    const run = (q = text) => {
      remember(q);
      if (q === search.q) again();
      else update({ q });
    };
    const filter = (field: string, value: string, negated: boolean) => run(addClause(text, field, value, negated));
    const copy = async (what: string, done: string) => say((await copyText(what)) ? done : t("share.failed"));
    return {
      run,
      filter,
      toggle: (field, value) => run(toggleValue(text, field, value)),
      filterCell: (event, cell, negated) => {
        const found = event === undefined ? undefined : cellValue(event, cell);
        if (found !== undefined) filter(found.field, found.value, negated);
      },
      column: (field) => {
        const { cols } = search;
        update({ cols: cols.some((c) => c.field === field) ? cols.filter((c) => c.field !== field) : [...cols, { field, width: defaultWidth }] });
      },
      range: (next) => update({ range: fixed(next), live: false }),
      around: (event) => {
        const time = eventTime(event.time)?.ms;
        if (time !== undefined) update({ q: "", range: fixed({ from: time - 30_000, to: time + 30_001 }), sel: event.id, live: false });
      },
      same: (field, value) => run(clauseText(field, value)),
      copy: (what, name) => void copy(what, `${t("common.copied")}: ${name}`),
      copyEvent: (event) => void copy(sourceOf(event), t("common.copied")),
      copyLink: (event) => {
        // A link means the same tomorrow and elsewhere: both ends, the zone and the project are written out.
        const shared: Search = { ...search, range: fixed(span.current), tz: zone, project, live: false, sel: event?.id ?? search.sel, tabs: "" };
        void copy(`${window.location.origin}/search${writeQuery(Object.fromEntries(formatSearch(shared)))}`, t("share.copied"));
      },
    };
  }, [search, project, zone, text, update, again, say, t, span]);
}
