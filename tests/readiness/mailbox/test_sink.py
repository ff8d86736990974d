import asyncio
import smtplib
import socket
from datetime import UTC, datetime, timedelta

import pytest
from readiness.errors import Unobservable
from readiness.secret import MASK

ANA, BEN = "readiness+1-ana@example.com", "readiness+1-ben@example.com"


async def send(mailbox, message, to=(ANA,), sender="no-reply@example.com"):
    host, _, port = mailbox.place.removeprefix("smtp at ").rpartition(":")

    def deliver():
        with smtplib.SMTP(host, int(port), timeout=5, local_hostname="mx.example.com") as smtp:
            smtp.sendmail(sender, list(to), message if isinstance(message, bytes) else bytes(message))

    await asyncio.to_thread(deliver)


async def test_a_mail_is_a_letter_and_nothing_else_of_it_is_kept(opened, mail):
    records = {"TXT example.com": ["v=spf1 ip4:127.0.0.1 -all"], "TXT _dmarc.example.com": ["v=DMARC1; p=reject"]}
    async with opened(records, smtp="127.0.0.1:0") as mailbox:
        since = datetime.now(UTC)
        await send(mailbox, mail("Dear Ana: https://app.example.com/verify?token=S3cret"))
        letter = await mailbox.wait(ANA.upper(), "verify", since)
    assert letter.found == {"verify": "S3cret"}
    assert letter.hosts == ("app.example.com",)
    assert letter.results == {"dkim": "none", "spf": "pass", "dmarc": "pass"}
    assert letter.aligned is True
    assert since <= letter.received_at
    assert letter.source == f"mail to {ANA}: verify"
    record = letter.record()
    assert record["found"] == {"verify": MASK}
    for shown in (str(record), repr(letter), letter.source, letter.repeat):
        assert "S3cret" not in shown
        assert "Dear" not in shown


async def test_mail_for_anybody_else_is_refused(opened, mail):
    async with opened(smtp="127.0.0.1:0") as mailbox:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            await send(mailbox, mail("verify?token=a"), to=["carla@example.com"])
        assert caught.value.recipients["carla@example.com"][0] == 550
        assert await mailbox.letters("carla@example.com") == ()


async def test_each_recipient_has_a_letter_and_sees_no_other(opened, mail):
    async with opened(smtp="127.0.0.1:0") as mailbox:
        await send(mailbox, mail("verify?token=a"), to=[ANA, BEN.upper()])
        await send(mailbox, mail("verify?token=b"), to=[BEN])
        assert [letter.found for letter in await mailbox.letters(ANA)] == [{"verify": "a"}]
        assert [letter.found["verify"] for letter in await mailbox.letters(BEN)] == ["a", "b"]


async def test_two_who_wait_are_both_served(opened, mail):
    async with opened(smtp="127.0.0.1:0") as mailbox:
        since = datetime.now(UTC)
        waits = [asyncio.create_task(mailbox.wait(who, "verify", since)) for who in (ANA, BEN)]
        await asyncio.sleep(0.05)
        await send(mailbox, mail("verify?token=a"), to=[ANA])
        await send(mailbox, mail("verify?token=b"), to=[BEN])
        assert [letter.found["verify"] for letter in await asyncio.wait_for(asyncio.gather(*waits), 5)] == ["a", "b"]


async def test_no_mail_in_time_is_none_and_an_older_one_does_not_count(opened, mail):
    async with opened(smtp="127.0.0.1:0") as mailbox:
        await send(mailbox, mail("verify?token=a"))
        assert await mailbox.letters(ANA)
        assert await mailbox.wait(ANA, "verify", datetime.now(UTC), within=timedelta(seconds=0.1)) is None


async def test_a_kind_that_is_not_described_is_not_waited_for(opened):
    async with opened(smtp="127.0.0.1:0") as mailbox:
        with pytest.raises(Unobservable, match=r"mails does not describe reset"):
            await mailbox.wait(ANA, "reset", datetime.now(UTC))


async def test_a_mail_that_cannot_be_read_leaves_the_answer_open(opened, mail):
    async with opened(smtp="127.0.0.1:0", mails={"verify": "((?:a+)+)b"}) as mailbox:
        mailbox._source._reader._patience = 0.5
        await send(mailbox, mail("a" * 60))
        with pytest.raises(Unobservable, match=r"longer than 0\.5 s") as caught:
            await mailbox.wait(ANA, "verify", datetime(2026, 1, 1, tzinfo=UTC), within=timedelta(0))
        assert caught.value.exchanges[0].address == ANA


async def test_hostile_mails_are_bounded_and_the_next_one_is_taken(opened, mail):
    async with opened(smtp="127.0.0.1:0") as mailbox:
        with pytest.raises(smtplib.SMTPException):
            await send(mailbox, b"Subject: x\r\n\r\n" + b"x" * 1_100_000)
        await send(mailbox, bytes(range(256)) * 100 + b"x" * 5_000)
        await send(mailbox, b"Subject: =?utf-8?B?////?=\r\nContent-Type: text/html; charset=none\r\n\r\n<a href=")
        await send(mailbox, mail("verify?token=a"))
        letters = await mailbox.letters(ANA)
    assert [letter.found for letter in letters] == [{}, {}, {"verify": "a"}]
    assert all(set(letter.results) == {"dkim", "spf", "dmarc"} for letter in letters)


async def test_a_port_in_use_is_one_clear_line(opened):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unobservable, match=rf"mailbox.smtp cannot listen at 127\.0\.0\.1:{port}: Address already"):
            async with opened(smtp=f"127.0.0.1:{port}"):
                pass


async def test_closing_does_not_wait_for_a_client_that_stays(opened):
    async with asyncio.timeout(5):
        async with opened(smtp="127.0.0.1:0") as mailbox:
            port = int(mailbox.place.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert (await reader.readline()).startswith(b"220")
        writer.close()


async def test_an_address_that_is_none_is_not_asked_for(opened):
    async with opened(smtp="127.0.0.1:0") as mailbox:
        with pytest.raises(ValueError, match="not a plain mail address"):
            await mailbox.letters('ana" OR "@example.com')
