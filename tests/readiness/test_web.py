"""The web app's part of a target file: what is refused, and how it is said."""

import pytest
from pydantic import ValidationError
from readiness.web import Page, Web

APP = {"address": "https://app.example.com"}


def test_an_origin_loses_its_slash():
    assert Web.model_validate({"address": "https://app.example.com:8445/"}).address == "https://app.example.com:8445"


@pytest.mark.parametrize(
    "address", ["app.example.com", "ftp://app.example.com", "https://app.example.com/x", "https://a@b"]
)
def test_an_address_that_is_no_origin_is_refused(address):
    with pytest.raises(ValidationError, match="expected an origin"):
        Web.model_validate({"address": address})


def test_an_unknown_placeholder_is_refused_with_the_known_ones():
    with pytest.raises(ValidationError, match="'mail': expected one of email, password, token"):
        Page.model_validate({"path": "/x", "fields": {"E-mail": "{mail}"}, "submit": "Go"})


def test_fields_without_a_button_are_refused():
    with pytest.raises(ValidationError, match="submit"):
        Page.model_validate({"path": "/x", "fields": {"E-mail": "{email}"}})


@pytest.mark.parametrize("name", ["sign_up", "sign_in"])
def test_a_form_that_is_completed_says_what_shows_it(name):
    with pytest.raises(ValidationError, match="done"):
        Web.model_validate({**APP, "pages": {name: {"path": "/x", "submit": "Go"}}})


def test_a_path_to_another_host_is_refused():
    with pytest.raises(ValidationError, match="one /"):
        Web.model_validate({**APP, "sections": {"profile": "//elsewhere.example.com"}})
