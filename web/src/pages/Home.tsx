import { useQuery } from "@tanstack/react-query";
import { useEffect, type JSX } from "react";

import { useConnection } from "@/api/Api";
import { ApiError, sentenceOf } from "@/api/error";
import { Button } from "@/parts/Button";
import { PlainPage } from "@/session/CannotShow";
import { askMe } from "@/session/me";
import { Waiting } from "@/session/Waiting";
import { useTexts } from "@/texts/texts";
import { go, linkTo } from "@/url/useView";

/** The address without a company: goes on to the reader's own. */
export function Home(): JSX.Element {
  const { say } = useTexts();
  const connection = useConnection();
  const asked = useQuery({ queryKey: ["me", null], queryFn: ({ signal }) => askMe(connection, signal) });
  const company = asked.data?.company.company_id;
  useEffect(() => {
    if (company !== undefined) go(linkTo({ page: "overview", company }), "replace");
  }, [company]);
  const { error } = asked;
  if (error === null || (error instanceof ApiError && error.status === 401)) return <Waiting what={say("frame.loading")} />;
  return (
    <PlainPage title={say("session.failed")} text={sentenceOf(error, say)}>
      <Button onClick={() => void asked.refetch()}>{say("widget.retry")}</Button>
    </PlainPage>
  );
}
