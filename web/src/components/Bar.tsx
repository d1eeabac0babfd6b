import IconChevronDown from "@tabler/icons-react/dist/esm/icons/IconChevronDown.mjs";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { meQuery } from "../api/session";
import { useT } from "../i18n";
import { useProject } from "../hooks/useProject";
import styles from "./AppShell.module.css";
import { BarSlotTarget } from "./BarSlot";
import { DropMenu } from "./DropMenu";
import { JumpButton } from "./Jump/JumpButton";
import { PreferencesMenu } from "./PreferencesMenu";

function ProjectSwitcher() {
  const t = useT();
  const navigate = useNavigate();
  const project = useProject();
  const { data: me } = useQuery(meQuery);
  const sections = () => [
    {
      key: "projects",
      title: t("bar.chooseProject"),
      items: (me?.projects ?? []).map(({ name }) => ({
        key: name,
        text: name,
        checked: name === project,
        // What is selected belongs to the other project.
        onSelect: () => void navigate({ to: ".", search: (old) => ({ ...old, project: name, sel: "" }) }),
      })),
    },
  ];
  return (
    <DropMenu label={`${t("bar.project")}: ${project}`} className={styles.project} align="left" sections={sections}>
      <span className="ellipsis">{project}</span>
      <IconChevronDown size={14} stroke={1.7} />
    </DropMenu>
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
      <JumpButton />
      <PreferencesMenu />
    </header>
  );
}
