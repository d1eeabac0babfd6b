import { EventDetails } from "./Drawer";
import { DrawerFrame } from "./DrawerFrame";
import styles from "./Drawer.module.css";
import { useSame } from "./useAnswers";
import type { Page } from "./usePage";

/** The event that is open, beside the list or over it. */
export function DrawerArea({ page }: { page: Page }) {
  const { t, act, question, search, selection, update } = page;
  const { event } = selection;
  const inTrace = useSame("traceId", event?.traceId, question);
  const sameCode = useSame("errorCode", event?.errorCode, question);
  if (event === undefined) return null;
  return (
    <DrawerFrame onClose={selection.close}>
      {event === null ? (
        <p className={styles.missing}>{t("drawer.missing")}</p>
      ) : (
        <EventDetails
          event={event}
          project={page.project}
          row={page.rows.indexOf(event.id)}
          total={Math.max(page.answer.count, page.rows.length)}
          tab={search.tab}
          zone={page.zone}
          columns={page.columns.map(({ field }) => field)}
          hits={page.hits}
          inTrace={inTrace}
          sameCode={sameCode}
          onClose={selection.close}
          onTab={(tab) => update({ tab }, "replace")}
          onFilter={act.filter}
          onColumn={act.column}
          onSame={act.same}
          onStep={selection.move}
          onOpen={selection.open}
          onSay={page.say}
          onCopy={act.copy}
          onAround={() => act.around(event)}
          onCopyLink={() => act.copyLink(event)}
          onCopyEvent={() => act.copyEvent(event)}
        />
      )}
    </DrawerFrame>
  );
}
