"""Images: every build file of production has to be sound."""


async def test_a_pinned_base_and_a_user_pass(repo, look):
    repo.commit({"Dockerfile": "FROM python:3.12-slim\nUSER app\n"})
    seen = await look("image", images="Dockerfile")
    assert (seen.value("image.unprivileged"), seen.value("image.pinned")) == (True, True)
    assert "git -C" in seen.survey.exchanges[0]["repeat"]


async def test_one_that_is_not_sound_is_seen_among_others(repo, look):
    repo.commit({"Dockerfile": "FROM python:3.12-slim\nUSER app\n", "web/Dockerfile": "FROM node\n"})
    seen = await look("image", images=["Dockerfile", "web/Dockerfile"])
    assert (seen.value("image.unprivileged"), seen.value("image.pinned")) == (False, False)
    assert "web/Dockerfile: node" in str(seen.survey.exchanges)


async def test_one_that_is_not_there_says_nothing(repo, look):
    repo.commit({"a": ""})
    seen = await look("image", images="Dockerfile")
    assert seen["image.pinned"].reason == "Dockerfile is not in the repository"
