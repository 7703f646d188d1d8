"""unlocked: stands where people look for a wheel that the lock does not have, and says so when it is used."""

visibility("public")  # loaded by the repositories that the extension makes

def _unlocked_impl(ctx):
    fail(ctx.attr.reason)

unlocked = rule(
    implementation = _unlocked_impl,
    doc = "Fails when something depends on it.",
    attrs = {
        "reason": attr.string(
            doc = "What is wrong, and what to write or run.",
            mandatory = True,
        ),
    },
)
