import type { JSX } from "react";

import { Link } from "@/parts/Link";
import { useTabTitle } from "@/parts/tabTitle";
import { useTexts } from "@/texts/texts";
import { linkTo } from "@/url/useView";
import style from "./Missing.module.css";

/** The page of addresses that there are not. */
export function Missing(): JSX.Element {
  const { say } = useTexts();
  useTabTitle(say("frame.missing.title"));
  return (
    <main className={style.missing}>
      <h1 className={style.title}>{say("frame.missing.title")}</h1>
      <p>{say("frame.missing.text")}</p>
      <Link className={style.link} href={linkTo({ page: "home" })}>
        {say("frame.missing.home")}
      </Link>
    </main>
  );
}
