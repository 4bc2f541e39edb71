import { useState, type JSX } from "react";

import { Button } from "@/parts/Button";
import { useTexts } from "@/texts/texts";
import type { Notice } from "@/url/view";
import style from "./Notices.module.css";

/** What of the address could not be used, in words; until it is read, or the address is another one. */
export function Notices({ notices }: { readonly notices: readonly Notice[] }): JSX.Element | null {
  const { say } = useTexts();
  const [read, setRead] = useState<readonly Notice[] | null>(null);
  if (notices.length === 0 || read === notices) return null;
  return (
    <div className={style.notices} role="status">
      <ul className={style.list}>
        {notices.map((notice, at) => (
          <li key={at} dir="auto">
            {say(`url.notice.${notice.about}`, { value: notice.value })}
          </li>
        ))}
      </ul>
      <Button
        onClick={() => {
          setRead(notices);
        }}
      >
        {say("url.notice.dismiss")}
      </Button>
    </div>
  );
}
