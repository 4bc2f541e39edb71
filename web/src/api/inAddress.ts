/** Ids of chatbots as an address has them: with commas between them, as JSON where one of them holds a comma. */
export function chatbotsInAddress(ids: readonly string[]): string[] {
  return [ids.some((id) => id.includes(",")) ? JSON.stringify(ids) : ids.join(",")];
}
