import { callerOf } from "../authentication.ts";
import type { Operations } from "../operations.ts";
import { nextSequence, sequencePageOf } from "../page.ts";
import type { Handlers, Schemas } from "../routes.ts";

export function noticeHandlers({ noticesTo }: Pick<Operations, "noticesTo">): Pick<Handlers, "listNotices"> {
  return {
    async listNotices(request) {
      const page = sequencePageOf(request);
      const notices = await noticesTo(callerOf(request), page);
      const answer: Schemas["NoticePage"] = { notices, next: nextSequence(notices, page) };
      return answer;
    },
  };
}
