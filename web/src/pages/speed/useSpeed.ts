import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { type Compared, modules, slowest, speed, usual } from "../../api/speed";
import { writeQuery } from "../../model/address";
import { rfc3339 } from "../../model/format";
import { type Events } from "../../model/pipeLinks";
import { formatSearch, parseSearch } from "../../model/search";
import { formatSpeed, keyId, parseSpeed, type SpeedState } from "../../model/speed";
import { fixed, resolve, type Span } from "../../model/timeRange";
import { browserZone, isZone } from "../../model/zone";

export type UpdateSpeed = (change: Partial<SpeedState>, how?: "push" | "replace") => void;

/** The page's state, which is its address. Changes push, so that Back undoes them. */
export function useSpeedState(): { readonly state: SpeedState; readonly update: UpdateSpeed } {
  const raw = useSearch({ strict: false });
  const navigate = useNavigate();
  const state = useMemo(() => parseSpeed(new URLSearchParams(writeQuery(raw))), [raw]);
  const update = useCallback<UpdateSpeed>(
    (change, how = "push") => {
      void navigate({ to: "/speed", search: (old) => Object.fromEntries(formatSpeed({ ...parseSpeed(new URLSearchParams(writeQuery(old))), ...change })), replace: how === "replace" });
    },
    [navigate],
  );
  return { state, update };
}

/** What the page asks: one query in one range, as instants, in one zone. */
export interface SpeedQuestion {
  readonly q: string;
  readonly project: string;
  readonly span: Span;
  readonly zone: string;
}

function spanOf({ range }: SpeedState, zone: string): Span {
  const now = Date.now();
  return resolve(range, now, zone) ?? { from: now - 3_600_000, to: now };
}

/** The question of the address; a relative range is read anew when it is asked again, and not with each paint. */
export function useQuestion(state: SpeedState, project: string): { readonly question: SpeedQuestion; readonly again: () => void } {
  const zone = isZone(state.tz) ? state.tz : browserZone();
  const { q, range } = state;
  const [turn, setTurn] = useState(0);
  const [asked, setAsked] = useState(() => ({ q, range, zone, project, turn, span: spanOf(state, zone) }));
  if (asked.q !== q || asked.range.from !== range.from || asked.range.to !== range.to || asked.zone !== zone || asked.project !== project || asked.turn !== turn) {
    setAsked({ q, range, zone, project, turn, span: spanOf(state, zone) });
  }
  const question = useMemo(() => ({ q: asked.q, project: asked.project, span: asked.span, zone: asked.zone }), [asked]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  return { question, again };
}

const asked = ({ q, project, span }: SpeedQuestion) => ({ q, project, from: rfc3339(span.from), to: rfc3339(span.to) });
const settings = { retry: false, staleTime: 60_000, refetchOnWindowFocus: false, placeholderData: keepPreviousData } as const;

export function useCalls(question: SpeedQuestion, state: SpeedState) {
  const { by } = state;
  return useQuery({ queryKey: ["speed", question, by], queryFn: ({ signal }) => speed(asked(question), by, question.zone, signal), enabled: question.project !== "", ...settings });
}

/** What is usual comes after the figures, which do not wait for it. */
export function useUsual(question: SpeedQuestion, state: SpeedState, ready: boolean) {
  const { by } = state;
  const answer = useQuery({ queryKey: ["speed-usual", question, by], queryFn: ({ signal }) => usual(asked(question), by, question.zone, signal), enabled: ready, ...settings });
  const { data } = answer;
  const compared = useMemo<ReadonlyMap<string, Compared>>(() => new Map((data?.by === by ? data.groups : []).map((one) => [keyId(one.key), one])), [data, by]);
  return { ...answer, compared };
}

export function useModules(question: SpeedQuestion) {
  return useQuery({ queryKey: ["speed-modules", question], queryFn: ({ signal }) => modules(asked(question), signal), enabled: question.project !== "", ...settings });
}

export function useSlowest(question: SpeedQuestion, q: string, percent: string | undefined, want: number, on: boolean) {
  return useQuery({ queryKey: ["slowest", question, q, percent, want], queryFn: ({ signal }) => slowest({ ...asked(question), q }, question.zone, percent, want, signal), enabled: on, ...settings });
}

/** Makes the address of the events of a figure, or of one event among them. */
export function useEventsAddress(question: SpeedQuestion, tz: string): (events: Events, sel?: string) => string {
  const { project } = question;
  return useCallback(
    (events, sel = "") => `/search${writeQuery(Object.fromEntries(formatSearch({ ...parseSearch(new URLSearchParams()), project, tz, q: events.q, range: fixed(events.span), sel })))}`,
    [project, tz],
  );
}
