"""The part of the accounts that a source decides: taken over in one transaction, apart from what is ours."""

from collections.abc import Mapping
from datetime import timedelta

from botlens.database.database import Repository
from botlens.database.erasure import erase
from botlens.errors import NotFoundError
from botlens.tenants import fields
from botlens.tenants import rows as tenant_rows
from botlens.tenants.entitlements import plan_named
from botlens.tenants.plans import FREE, Plan
from botlens.tenants.synced import rows
from botlens.tenants.synced.comparison import compare
from botlens.tenants.synced.values import AccountChanges, AccountsThere, Hold, KnownSource
from botlens.zones import zone_names

_UTC = "UTC"


class SyncedAccounts(Repository):
    """The part of `Accounts` that knows what is of a source."""

    plans: Mapping[str, Plan]

    def take_over(self, source: str, there: AccountsThere) -> AccountChanges:
        """Make ours what a source has of companies, chatbots and plans. Doing it again changes nothing.

        What is gone there is hidden here, and erased later (`delete_gone`). A chatbot that was moved to
        another company is moved: what is known of it in the first is erased. If more than half of a table is
        gone at once, nothing of it goes before an operator has confirmed it (`confirm`).

        Args:
            source: its name, by which it is the same wherever its database is.
            there: what it has.

        Returns:
            What was changed, what was held, and what an operator should know.
        """
        with self._database.reading() as session:
            changes = compare(there, rows.here(session, source), self.plans)
            if not changes.are_any and rows.has_said(session, source, changes.holds, _lines(changes)):
                return changes  # as nearly always: a write would have everything that is remembered read anew
        now = self._clock()
        with self._database.writing() as session:
            row = rows.lock_source(session, source)
            changes = compare(there, rows.here(session, source), self.plans)
            for company in changes.companies:
                zone = _zone(company.timezone) or _UTC
                rows.put_company(session, source, company, zone, FREE, now)
            for chatbot in changes.chatbots:
                rows.put_chatbot(session, source, chatbot, _zone(chatbot.timezone))
                if chatbot.before is not None:
                    session.flush()
                    tenant_rows.add_erasure(session, chatbot.before, chatbot.id)
                    erase(session, chatbot.before, chatbot.id)
            rows.mark_gone(session, source, changes.gone_companies, changes.gone_chatbots, now)
            rows.put_users(session, source, changes.users)
            rows.put_holds(session, source, changes.holds)
            row.remarks = _lines(changes)
        return changes

    def compared(self, source: str, there: AccountsThere) -> AccountChanges:
        """What `take_over` would do; nothing is written."""
        with self._database.reading() as session:
            return compare(there, rows.here(session, source), self.plans)

    def sources(self) -> list[KnownSource]:
        """The sources whose accounts are taken over."""
        with self._database.reading() as session:
            return rows.known_sources(session)

    def confirm(self, source: str) -> list[Hold]:
        """Let go what is held of a source, with the next look at it; what is gone by then beyond it is held.

        Returns:
            What was held.

        Raises:
            NotFoundError: `unknown_source`.
        """
        with self._database.writing() as session:
            self._known(source, rows.known_sources(session))
            held = rows.holds_of(session, source)
            rows.confirm_holds(session, source)
            return held

    def release(self, source: str) -> KnownSource:
        """Make what was a source's ours for good, to be changed here; the source is no longer known.

        Raises:
            NotFoundError: `unknown_source`.
        """
        with self._database.writing() as session:
            known = self._known(source, rows.known_sources(session))
            rows.release(session, source)
            return known

    def delete_gone(self, kept: timedelta) -> int:
        """Delete what sources have had no more for so long, and leave erasures behind; how many."""
        limit = self._clock() - kept
        with self._database.reading() as session:
            if not rows.gone_before(session, limit):
                return 0
        with self._database.writing() as session:
            gone = rows.gone_before(session, limit)
            for company_id, chatbot_id in gone:
                tenant_rows.add_erasure(session, company_id, chatbot_id)
                erase(session, company_id, chatbot_id)
            return len(gone)

    def plan_without_company(self, user: str) -> Plan | None:
        """The plan of a user who belongs to no company, where accounts are a source's.

        None where they are ours alone: then nobody has a plan but by a company.
        """

        def read() -> Plan | None:
            with self._database.reading() as session:
                if not rows.is_any(session):
                    return None
                found = rows.plan_of_user(session, user) if fields.storable(user) else None
                return plan_named(found or FREE, self.plans)

        return self._database.memory.recall(("user_plan", user), read)

    @staticmethod
    def _known(source: str, known: list[KnownSource]) -> KnownSource:
        for each in known:
            if each.name == source:
                return each
        names = ", ".join(each.name for each in known) or "none"
        raise NotFoundError(
            f"There is no source {source!r} of accounts; there is {names}.", code="unknown_source"
        )


def _lines(changes: AccountChanges) -> str:
    return "\n".join(changes.remarks)


def _zone(said: str | None) -> str | None:
    return said if said in zone_names() else None
