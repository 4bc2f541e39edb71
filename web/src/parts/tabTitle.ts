import { useEffect } from "react";

const PRODUCT = "botlens";

/** The tab of the browser says what is shown, the most particular first: "Gaps · Hearth & Oak · botlens". */
export function useTabTitle(...parts: readonly string[]): void {
  const title = [...parts, PRODUCT].filter((part) => part !== "").join(" · ");
  useEffect(() => {
    document.title = title;
    return () => { document.title = PRODUCT; };
  }, [title]);
}
