import { useState, type JSX } from "react";

import { Copy } from "@/forms/Copy";
import { Button } from "@/parts/Button";
import { Card } from "@/parts/Card";
import { useTexts } from "@/texts/texts";
import { ROOT } from "@/url/useView";
import { snippet, TOOLS, type Tool } from "./snippets";
import { WaitForFirst } from "./WaitForFirst";
import style from "./firstRun.module.css";

export interface Made {
  readonly bot: string;
  readonly name: string;
  readonly key: string;
}

const NAMES: Readonly<Record<Tool, string>> = { curl: "curl", python: "Python", javascript: "JavaScript" };

/** What to run, with the real key in it; and waiting for what it sends. */
export function Send({ made }: { readonly made: Made }): JSX.Element {
  const { say } = useTexts();
  const [tool, setTool] = useState<Tool>("curl");
  const server = window.location.origin + ROOT;
  return (
    <>
      <Card title={say("first.send.title", { name: made.name })}>
        <p className={style.text}>{say("first.send.text")}</p>
        <div className={style.tools} role="group" aria-label={say("first.tools")}>
          {TOOLS.map((each) => (
            <Button key={each} look={each === tool ? "plain" : "quiet"} aria-pressed={each === tool} onClick={() => { setTool(each); }}>
              {NAMES[each]}
            </Button>
          ))}
        </div>
        <Copy block text={snippet(tool, { server, key: made.key, bot: made.bot })} what={NAMES[tool]} />
        <p className={style.hint}>{say("first.key.once")}</p>
        <Copy text={made.key} what={say("keys.the_key")} />
      </Card>
      <WaitForFirst bot={made.bot} />
    </>
  );
}
