"""written_layout: an OCI layout that a program writes."""

def _written_layout_impl(ctx):
    layout = ctx.actions.declare_directory(ctx.label.name)
    ctx.actions.run(
        arguments = [layout.path],
        executable = ctx.executable.program,
        mnemonic = "WrittenLayout",
        outputs = [layout],
        progress_message = "Writing the layout %{label}",
    )
    return [DefaultInfo(files = depset([layout]))]

written_layout = rule(
    implementation = _written_layout_impl,
    doc = "An OCI layout that a program writes; its only argument is the directory.",
    attrs = {
        "program": attr.label(
            cfg = "exec",
            doc = "The program.",
            executable = True,
            mandatory = True,
        ),
    },
)
