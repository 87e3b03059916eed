"""One mailbox: its items, where they lie, and how they are found."""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

from local.simulators.graph import errors
from local.simulators.graph.content import Content
from local.simulators.graph.items import DRAFTS, FOLDERS, SENT_ITEMS, Item, a_message_id, numbers
from local.simulators.graph.queries import Filter

SINCE_1970 = 1e9  # seconds; a clock of a machine counts fewer


class Mailbox:
    """The items of one mailbox. Time passes for it whenever it is asked for something."""

    def __init__(self, address: str, clock: Callable[[], float]) -> None:
        self.address = address
        self.in_flight = self.peak = 0
        self.requests: deque[float] = deque()
        self.sent: deque[float] = deque()  # when each recipient of the last day was sent to
        self._clock = clock
        self._items: dict[str, Item] = {}  # by immutable id, oldest first
        self._by_id: dict[str, Item] = {}
        self._by_message_id: dict[str, list[Item]] = {}
        self._by_marker: dict[tuple[str, str], list[Item]] = {}
        self._in_transit: list[tuple[float, str, Item]] = []
        self._coming: list[tuple[float, int, Content, str]] = []
        began = clock()
        # A clock that counts since 1970 says the time of day itself.
        self._began = began, datetime.fromtimestamp(began, UTC) if began > SINCE_1970 else datetime.now(UTC)
        self.folders = {name: name for name in FOLDERS}  # by id, what people see

    def __len__(self) -> int:
        return len(self._items)

    def moment(self, at: float | None = None) -> datetime:
        """The time of day by the simulator's clock."""
        began, moment = self._began
        return moment + timedelta(seconds=(self._clock() if at is None else at) - began)

    # --- items come, change and go

    def add(self, content: Content, folder: str = DRAFTS, *, is_draft: bool = True) -> Item:
        """Stores a message; it gets a Message-ID if it has none."""
        content.message_id = content.message_id or a_message_id()
        item = Item(content, self._clock(), folder, is_draft, created_at=self.moment())
        self._items[item.immutable_id] = item
        self._by_id[item.id] = self._by_id[item.immutable_id] = item
        self._index(item)
        return item

    def change(self, item: Item, content: Content) -> None:
        """Replaces what a draft says."""
        self._unindex(item)
        item.content = content
        self._index(item)

    def await_mail(self, content: Content, *, due: float, folder: str) -> None:
        """A mail from outside that comes when the clock says so."""
        heappush(self._coming, (due, next(numbers), content, folder))
        self.settle()

    def move(self, item: Item, folder: str) -> None:
        """Puts the item into another folder, where it has another id."""
        del self._by_id[item.id]
        item.id, item.folder = f"AAMkA{next(numbers):020X}=", folder
        self._by_id[item.id] = item

    def remove(self, item: Item) -> None:
        """Deletes the item for good."""
        self._unindex(item)
        self._items.pop(item.immutable_id, None)
        self._by_id.pop(item.immutable_id, None)
        self._by_id.pop(item.id, None)

    def lying_in(self, folder: str) -> list[Item]:
        """The items of one folder, oldest first."""
        self.settle()
        return [item for item in self._items.values() if item.folder == folder]

    def get(self, item_id: str) -> Item:
        """The item by either id.

        Raises:
            Refusal: 404; also for the id that an item had before it moved.
        """
        self.settle()
        found = self._by_id.get(item_id)
        if found is None:
            raise errors.item_not_found()
        return found

    def send(self, item: Item, transit_seconds: float) -> None:
        """Takes the item as sent; it moves when the time has passed."""
        item.submitted = True
        heappush(self._in_transit, (self._clock() + transit_seconds, item.immutable_id, item))
        self.settle()

    def settle(self) -> None:
        """Moves to Sent Items what has been in transit long enough, under a new id; takes in what has come."""
        now = self._clock()
        while self._coming and self._coming[0][0] <= now:
            due, _, content, folder = heappop(self._coming)
            came = self.add(content, folder, is_draft=False)
            came.created, came.created_at = due, self.moment(due)
        while self._in_transit and self._in_transit[0][0] <= now:
            _, number, item = heappop(self._in_transit)
            if number not in self._items or not item.is_draft:
                continue  # deleted meanwhile, or sent twice
            if not item.saved:
                self.remove(item)
                continue
            del self._by_id[item.id]
            item.id = f"AAMkA{next(numbers):020X}="
            self._by_id[item.id] = item
            item.folder, item.is_draft, item.sent_at = SENT_ITEMS, False, self.moment()

    # --- look-ups

    def find(
        self, wanted: Filter, folder: str | None, *, lag_seconds: float, oldest_first: bool = False
    ) -> Iterator[Item]:
        """The items that the filter admits, newest first; only those that the index has had time for."""
        self.settle()
        latest = self._clock() - lag_seconds
        found = self._candidates(wanted)
        for item in sorted(found, key=lambda item: item.received) if oldest_first else found:
            if item.created <= latest and folder in (None, item.folder) and wanted.admits(item):
                yield item

    def _candidates(self, wanted: Filter) -> Iterator[Item]:
        if wanted.message_id is not None:
            return reversed(self._by_message_id.get(wanted.message_id, []))
        if wanted.marker is not None:
            return reversed(self._by_marker.get(wanted.marker, []))
        return reversed(self._items.values())

    def _index(self, item: Item) -> None:
        self._by_message_id.setdefault(item.content.message_id, []).append(item)
        for name, value in item.content.properties.items():
            self._by_marker.setdefault((name, value.casefold()), []).append(item)

    def _unindex(self, item: Item) -> None:
        self._by_message_id[item.content.message_id].remove(item)
        for name, value in item.content.properties.items():
            self._by_marker[name, value.casefold()].remove(item)
