import asyncio

from readiness.mailbox.reader import Reader

HOSTILE = {"verify": r"((?:a+)+)b", "product": "news"}


async def test_a_pattern_that_a_mail_keeps_busy_is_given_up_and_the_next_mail_is_read(declared, mail):
    reader = Reader(declared(smtp="127.0.0.1:0", mails=HOSTILE), patience=1.5)
    stuck, sound = await asyncio.gather(reader.read(bytes(mail("a" * 60))), reader.read(bytes(mail("news"))))
    await reader.close()
    assert "longer than 1.5 s" in stuck.failure
    assert stuck.found == {}
    assert (sound.failure, sound.found) == ("", {"product": ""})


async def test_a_mail_nested_beyond_reason_is_a_failure_and_no_error(declared, mail):
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000))
    reader = Reader(declared(smtp="127.0.0.1:0"))
    read = await reader.read(deep)
    after = await reader.read(bytes(mail("verify?token=abc")))
    await reader.close()
    assert read.found == {}
    assert read.failure
    assert after.found == {"verify": "abc"}


async def test_a_process_that_is_gone_is_started_again(declared, mail):
    reader = Reader(declared(smtp="127.0.0.1:0"))
    await reader.read(b"")
    reader._process.kill()
    await reader._process.wait()
    assert (await reader.read(bytes(mail("verify?token=abc")))).found == {"verify": "abc"}
    await reader.close()
