import type { Say } from "@/texts/texts";
import { toast } from "./toasts";

/** Copy a link, and say that it is; where the browser does not let it, the link itself is said, to be copied by hand. */
export async function copyLink(link: string, say: Say): Promise<void> {
  try {
    await navigator.clipboard.writeText(link);
    toast(say("menu.copied"));
  } catch {
    toast(say("menu.not_copied", { link }), { failed: true });
  }
}
