import { ActionIcon, Menu, type MantineColorScheme, useMantineColorScheme } from "@mantine/core";
import IconAdjustmentsHorizontal from "@tabler/icons-react/dist/esm/icons/IconAdjustmentsHorizontal.mjs";
import IconCheck from "@tabler/icons-react/dist/esm/icons/IconCheck.mjs";
import IconLogout from "@tabler/icons-react/dist/esm/icons/IconLogout.mjs";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { logout, meQuery } from "../api/session";
import { chooseLanguage, languages, useT } from "../i18n";

const schemes: readonly { readonly value: MantineColorScheme; readonly label: "theme.light" | "theme.dark" | "theme.auto" }[] = [
  { value: "light", label: "theme.light" },
  { value: "dark", label: "theme.dark" },
  { value: "auto", label: "theme.auto" },
];

/** Language and colours, without logging in too; page and log-out when somebody is. */
export function PreferencesMenu() {
  const t = useT();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: me } = useQuery({ ...meQuery, enabled: false });
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const tick = (on: boolean) => (on ? <IconCheck size={14} /> : <span style={{ width: 14 }} />);

  const leave = async () => {
    await logout();
    client.clear();
    await navigate({ href: "/login" });
  };

  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={t("bar.preferences")} title={t("bar.preferences")}>
          <IconAdjustmentsHorizontal size={16} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("language.title")}</Menu.Label>
        {languages.map(({ id, name, tag }) => (
          <Menu.Item key={id} lang={tag} leftSection={tick(t.language === id)} onClick={() => void chooseLanguage(id)}>
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t("theme.title")}</Menu.Label>
        {schemes.map(({ value, label }) => (
          <Menu.Item key={value} leftSection={tick(colorScheme === value)} onClick={() => setColorScheme(value)}>
            {t(label)}
          </Menu.Item>
        ))}
        {me !== undefined && (
          <>
            <Menu.Divider />
            <Menu.Label>{t("bar.loggedInAs", { name: me.user.name })}</Menu.Label>
            <Menu.Item leftSection={<IconLogout size={14} stroke={1.7} />} onClick={() => void leave()}>
              {t("bar.logout")}
            </Menu.Item>
            <Menu.Label>{t("bar.version", { version: me.version })}</Menu.Label>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
