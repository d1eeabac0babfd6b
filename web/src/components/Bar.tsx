import { Menu } from "@mantine/core";
import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import IconChevronDown from "@tabler/icons-react/dist/esm/icons/IconChevronDown.mjs";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { meQuery } from "../api/session";
import { useT } from "../i18n";
import { useProject } from "../hooks/useProject";
import styles from "./AppShell.module.css";
import { BarSlotTarget } from "./BarSlot";
import { PreferencesMenu } from "./PreferencesMenu";

function ProjectSwitcher() {
  const t = useT();
  const navigate = useNavigate();
  const project = useProject();
  const { data: me } = useQuery(meQuery);
  const projects = me?.projects ?? [];
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <button type="button" className={styles.project} aria-label={`${t("bar.project")}: ${project}`}>
          <span className="ellipsis">{project}</span>
          <IconChevronDown size={14} stroke={1.7} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("bar.chooseProject")}</Menu.Label>
        {projects.map(({ name }) => (
          <Menu.Item
            key={name}
            leftSection={name === project ? <IconCheck size={14} /> : <span style={{ width: 14 }} />}
            // What is selected belongs to the other project.
            onClick={() => void navigate({ to: ".", search: (old) => ({ ...old, project: name, sel: "" }) })}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** The top bar: project, what the page puts there, preferences. */
export function Bar() {
  return (
    <header className={styles.bar}>
      <ProjectSwitcher />
      <BarSlotTarget place="left" className={styles.slot} />
      <i className="grow" />
      <BarSlotTarget place="right" className={styles.slot} />
      <PreferencesMenu />
    </header>
  );
}
