import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { setupQuery } from "../../api/account";
import { Loading } from "../../components/Loading";
import { useTitle } from "../../hooks/useTitle";
import { useT } from "../../i18n";
import { BrokenLink } from "./BrokenLink";
import { FirstRun } from "./FirstRun";
import { SetupForm } from "./SetupForm";

/** Sets a server up by its one-time link; without a link it tells where to find one. */
export function SetupPage() {
  const t = useT();
  const { token = "" } = useSearch({ strict: false });
  const { data: link, error, refetch } = useQuery({ ...setupQuery(token), enabled: token !== "" });
  useTitle(t("setup.title"));

  if (token === "") return <FirstRun />;
  if (error !== null) return <BrokenLink error={error} retry={() => void refetch()} />;
  if (link === undefined) return <Loading />;
  return <SetupForm token={token} link={link} />;
}
