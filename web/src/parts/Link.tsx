import type { AnchorHTMLAttributes, JSX } from "react";

import { go } from "@/url/useView";

/** A link inside of the page: without loading it anew, unless it is to open elsewhere. */
export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { readonly href: string }): JSX.Element {
  return (
    <a
      href={href}
      onClick={(event) => {
        onClick?.(event);
        const elsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
        if (event.defaultPrevented || elsewhere || rest.target === "_blank") return;
        event.preventDefault();
        go(href);
      }}
      {...rest}
    />
  );
}
