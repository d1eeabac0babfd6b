import IconAlertTriangle from "@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs";
import IconEraser from "@tabler/icons-react/dist/esm/icons/IconEraser.mjs";
import IconHourglass from "@tabler/icons-react/dist/esm/icons/IconHourglass.mjs";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { erasuresQuery, retentionQuery } from "../../api/retention";
import { meQuery } from "../../api/session";
import { FetchError } from "../../components/FetchError";
import { Loading } from "../../components/Loading";
import { useNow } from "../../hooks/useNow";
import { useProject } from "../../hooks/useProject";
import { useTitle } from "../../hooks/useTitle";
import { useT } from "../../i18n";
import { bytes, count } from "../../model/format";
import { forecast, nextRemoval, type Retention, totalOf } from "../../model/retention";
import { ListShell } from "./ListShell";
import own from "./Retention.module.css";
import { RetentionDays } from "./RetentionDays";
import { RetentionErase } from "./RetentionErase";
import { RetentionErasures, RetentionReceipt } from "./RetentionErasures";
import { RetentionForm } from "./RetentionForm";
import { RetentionProjects } from "./RetentionProjects";
import { useRetentionTexts } from "./retentionTexts";
import styles from "./Settings.module.css";
import { useKeyListKeys } from "./useKeyListKeys";

/** How long events are kept, what goes next, and the erasing of a person's data. */
export function RetentionPage() {
  const common = useT();
  const t = useRetentionTexts();
  const navigate = useNavigate();
  const project = useProject();
  const now = new Date(useNow(10_000));
  const { sel = "" } = useSearch({ strict: false });
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const admin = me?.user.role === "admin";
  const { data: erasures = [] } = useQuery({ ...erasuresQuery(project), enabled: admin && project !== "" });
  const done = erasures.filter((e) => e.state === "done").length;
  const { data: retention, error, refetch } = useQuery({ ...retentionQuery(done), enabled: admin });
  const rows = useMemo(() => [{ id: "server" }, ...(retention?.projects ?? []).map((p) => ({ id: `p:${p.name}` })), ...erasures], [retention, erasures]);
  const select = (id: string) => void navigate({ to: "/settings/retention", search: (old) => ({ ...old, sel: id }), replace: id !== "new" && id !== "" });
  useKeyListKeys(rows, sel, select, admin);
  useTitle(common("settings.retention"));

  const chosen = retention?.projects.find((p) => !p.gone && `p:${p.name}` === sel);
  const erasure = erasures.find((e) => e.id === sel);
  const close = () => select("");
  const panel =
    retention === undefined ? undefined : sel === "new" ? (
      <RetentionErase key={project} project={project} onClose={close} onOrdered={(e) => select(e.id)} />
    ) : erasure !== undefined ? (
      <RetentionReceipt erasure={erasure} now={now} onClose={close} />
    ) : sel === "server" || chosen !== undefined ? (
      <RetentionForm key={sel} retention={retention} project={chosen} onClose={close} />
    ) : undefined;
  const looked = chosen ?? retention?.projects.find((p) => p.name === project);
  return (
    <ListShell
      title={common("settings.retention")}
      icon={<IconHourglass size={16} stroke={1.7} aria-hidden="true" />}
      says={admin ? retention !== undefined && <Summary retention={retention} /> : t("sum.member")}
      add={admin && retention !== undefined ? { text: t("erase.new"), onClick: () => select("new"), key: "n", icon: <IconEraser size={14} stroke={1.7} />, grave: true } : undefined}
      panel={panel}
      hints={admin ? [[["j", "k"], t("hint.row")], [["n"], t("erase.new")], [["Esc"], common("key.hint.close")]] : undefined}
    >
      <FetchError error={error} retry={refetch} className={styles.problem} />
      {admin && retention === undefined && error === null && <Loading />}
      {retention !== undefined && (
        <>
          <Warnings retention={retention} />
          <RetentionDays retention={retention} selected={looked?.name ?? ""} next={looked && nextRemoval(retention, looked)} />
          <RetentionProjects retention={retention} selected={sel} onSelect={select} />
          <RetentionErasures erasures={erasures} project={project} selected={sel} now={now} onSelect={select} />
        </>
      )}
    </ListShell>
  );
}

function Summary({ retention }: { retention: Retention }) {
  const t = useRetentionTexts();
  const f = forecast(retention);
  const all = totalOf(retention.projects.flatMap((p) => p.days));
  const kept = { bytes: bytes(all.bytes), events: count(all.events) };
  const { disk } = retention;
  return (
    <>
      <b>
        {f.days !== undefined && !f.fits
          ? t("sum.room", { n: f.days })
          : f.fits
            ? t("sum.fits")
            : f.rate === undefined
              ? t("sum.unknown")
              : t("sum.nobound")}
      </b>{" "}
      {f.rate === undefined ? t("sum.kept.norate", kept) : t("sum.kept", { ...kept, rate: bytes(f.rate) })}{" "}
      {disk !== null && t("sum.disk", { free: bytes(disk.free), size: bytes(disk.size), keep: bytes(retention.keepFree || retention.keepFreeNow) })}
    </>
  );
}

/** What an operator should look at. */
function Warnings({ retention }: { retention: Retention }) {
  const t = useRetentionTexts();
  const { disk, lacking, failed, doubt } = retention;
  const said: string[] = [];
  if (disk !== null && disk.free < disk.floor) said.push(t("warn.full", { free: bytes(disk.free), floor: bytes(disk.floor) }));
  else if (disk !== null && disk.free < 2 * disk.floor) said.push(t("warn.floor", { free: bytes(disk.free), floor: bytes(disk.floor) }));
  if (lacking > 0) said.push(t("warn.lacking", { bytes: bytes(lacking) }));
  if (failed !== "") said.push(t("warn.failed", { reason: failed }));
  if (doubt !== "") said.push(t("warn.doubt", { reason: doubt }));
  return said.map((text) => (
    <p key={text} className={own.warning} role="alert">
      <IconAlertTriangle size={15} stroke={1.7} aria-hidden="true" />
      {text}
    </p>
  ));
}
