"""no_base: what the flag `//rules:base` names where no image is being built."""

visibility(["//rules/..."])

no_base = rule(
    implementation = lambda ctx: [DefaultInfo()],
    doc = "Stands for \"no base\": no layers are made in this configuration.",
)
