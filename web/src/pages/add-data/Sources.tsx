import type { Icon } from "@tabler/icons-react";
import IconBraces from "@tabler/icons-react/dist/esm/icons/IconBraces.mjs";
import IconBolt from "@tabler/icons-react/dist/esm/icons/IconBolt.mjs";
import IconBrandNodejs from "@tabler/icons-react/dist/esm/icons/IconBrandNodejs.mjs";
import IconBrowser from "@tabler/icons-react/dist/esm/icons/IconBrowser.mjs";
import IconFileText from "@tabler/icons-react/dist/esm/icons/IconFileText.mjs";
import IconRegex from "@tabler/icons-react/dist/esm/icons/IconRegex.mjs";
import IconTerminal2 from "@tabler/icons-react/dist/esm/icons/IconTerminal2.mjs";
import { Link } from "@tanstack/react-router";
import { useT } from "../../i18n";
import { type SourceId, sources } from "../../model/snippets";
import styles from "./AddData.module.css";

const icons: Record<SourceId, Icon> = {
  web: IconBrowser, node: IconBrandNodejs, http: IconTerminal2, files: IconBraces, prism: IconFileText, invocation: IconBolt,
};

/** What this version takes, in groups; the address says which one is shown. */
export function Sources({ current }: { current: SourceId }) {
  const t = useT();
  return (
    <nav className={styles.sources} aria-label={t("add.sources")}>
      {(["code", "files"] as const).map((group) => (
        <section key={group}>
          <h2>{t(`add.group.${group}`)}</h2>
          {sources
            .filter((source) => source.group === group)
            .map(({ id, by }) => {
              const Icon = icons[id];
              return (
                <Link
                  key={id}
                  to="/add-data"
                  search={(old) => ({ ...old, source: id, via: "" })}
                  replace
                  activeProps={{}}
                  data-on={id === current || undefined}
                  aria-current={id === current ? "page" : undefined}
                >
                  <Icon size={16} stroke={1.7} aria-hidden="true" />
                  {t(`add.${id}`)}
                  <span>{by}</span>
                </Link>
              );
            })}
          {group === "files" && (
            <Link to="/settings/sources" search={(old) => ({ ...(old.project === undefined ? {} : { project: old.project }), sel: "new" })}>
              <IconRegex size={16} stroke={1.7} aria-hidden="true" />
              {t("add.own")}
            </Link>
          )}
        </section>
      ))}
    </nav>
  );
}
