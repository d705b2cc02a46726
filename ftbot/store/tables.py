"""The bot's tables; the migrations beside this module make them."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData()

# A request of Slack's, written down before it is acknowledged. ``key`` is unique by event, trigger or view hash.
INBOX = Table(
    "ftbot_inbox",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("key", String(255), nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    Column("person", String(40), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("answer", JSON, nullable=True),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("received_at", Float, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("owner", String(200), nullable=True),
    Column("lease_until", Float, nullable=False, server_default="0"),
    Column("error", Text, nullable=True),
    Index("ftbot_inbox_open", "state", "due_at"),
    Index("ftbot_inbox_person", "person", "received_at"),
    sqlite_autoincrement=True,
)

# A message as it is wanted. ``sent_digest`` is what Slack has; ``rung`` how far it had to be simplified.
OUTBOX = Table(
    "ftbot_outbox",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, unique=True),
    Column("target", String(12), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("address", Text, nullable=True),
    Column("thread", String(200), nullable=True),
    Column("body", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("sent_digest", String(64), nullable=True),
    Column("sent_channel", String(40), nullable=True),
    Column("ts", String(40), nullable=True),
    Column("state", String(12), nullable=False),
    Column("rung", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("urgent", Integer, nullable=False, server_default="0"),
    Column("created_at", Float, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("sent_at", Float, nullable=True),
    Column("owner", String(200), nullable=True),
    Column("lease_until", Float, nullable=False, server_default="0"),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("error", Text, nullable=True),
    Index("ftbot_outbox_open", "state", "due_at"),
    Index("ftbot_outbox_thread", "thread"),
    sqlite_autoincrement=True,
)

# A questionnaire: ``pages`` are the question ids of each step, ``answers`` what was said, by question id.
DRAFTS = Table(
    "ftbot_drafts",
    METADATA,
    Column("id", String(40), primary_key=True),
    Column("person", String(40), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("pages", JSON, nullable=False),
    Column("answers", JSON, nullable=False),
    Column("page", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
    Index("ftbot_drafts_person", "person", "updated_at"),
)

# An advice that lives on, by its draft: ``record`` is the Decision as a document; ``ask_at`` when it is asked what came
# of it (none once asked), ``look_at`` when the tables are looked at again (none when nobody wants to be told), ``told``
# what was said to have changed, ``did`` what whoever was asked chose as done, ``message`` its name in the outbox.
ADVICES = Table(
    "ftbot_advices",
    METADATA,
    Column("draft", String(40), primary_key=True),
    Column("person", String(40), nullable=False),
    Column("message", String(200), nullable=False),
    Column("record", Text, nullable=False),
    Column("advised_at", Float, nullable=False),
    Column("ask_at", Float, nullable=True),
    Column("look_at", Float, nullable=True),
    Column("told", JSON, nullable=False),
    Column("did", String(40), nullable=False, server_default=""),
    Column("outcome", String(10), nullable=False, server_default=""),
    Index("ftbot_advices_ask", "ask_at"),
    Index("ftbot_advices_look", "look_at"),
)

# A run whose card is in a channel; ``seen_at`` is the run's own time stamp of what the card shows.
# A ``muted`` card stands still until its run has ended; ``source`` is the pull request and commit that it came with.
CARDS = Table(
    "ftbot_cards",
    METADATA,
    Column("run", String(30), primary_key=True),
    Column("channel", String(40), primary_key=True),
    Column("seen_at", Float, nullable=False),
    Column("ended", Integer, nullable=False, server_default="0"),
    Column("muted", Integer, nullable=False, server_default="0"),
    Column("source", String(100), nullable=False, server_default=""),
)

# Facts about this installation, by name: when the bot first looked at the runs.
NOTES = Table(
    "ftbot_notes",
    METADATA,
    Column("name", String(60), primary_key=True),
    Column("value", JSON, nullable=False),
)
