import type { AnswerOf } from "./client";

/** An event or a request that was not taken, and why. */
export type Rejection = AnswerOf<"/v1/rejections", "get">["rejections"][number];
