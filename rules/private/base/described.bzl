"""The documents about a base."""

visibility(["//rules/..."])

def declare_described(ctx, name):
    """Declares what is written about a base.

    Args:
        ctx: the rule or aspect context.
        name: string, the files' name without ending.

    Returns:
        struct: `profile`, `contents` and `python` (File), `files` (list of these), and `fields` (dict, for a manifest).
    """
    profile, contents, python = [
        ctx.actions.declare_file("{}.{}.json".format(name, document))
        for document in ("profile", "contents", "python")
    ]
    return struct(
        contents = contents,
        fields = {"contents": contents.path, "profile": profile.path, "python": python.path},
        files = [profile, contents, python],
        profile = profile,
        python = python,
    )
