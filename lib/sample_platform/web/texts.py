"""What the web app says for each error code of the API."""

TEXTS = {
    "malformed_request": "The app sent something the service could not read. Reload the page and try again.",
    "unauthenticated": "You are not signed in any more. Sign in again to go on.",
    "forbidden": "Your account may not do this.",
    "not_found": "This is not here any more.",
    "method_not_allowed": "This cannot be done here.",
    "conflict": "This was changed in the meantime. Reload the page to see how it stands.",
    "too_large": "This is too large to send.",
    "unsupported_media_type": "The service does not read this kind of content.",
    "invalid_fields": "Some fields are missing or not in the expected form. Check what you entered.",
    "too_many_requests": "That was a little too often. Wait a moment, then try again.",
    "internal_error": "Something went wrong on our side. We have been told; try again later.",
    "unavailable": "The service is not available at the moment. Try again in a few minutes.",
    "invalid_credentials": "The e-mail address or the password is wrong.",
    "invalid_refresh_token": "You have been away for long. Sign in again to go on.",
    "email_not_verified": "Confirm your e-mail address first: we sent you a link.",
    "invalid_token": "This link does not work any more. Ask for a new one.",
}
"""A code that is not listed is shown with the text that the API sends along."""
