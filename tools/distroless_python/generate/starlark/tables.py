"""What buildifier knows of attributes: which hold labels, which are sorted, which come first.

The names are those of buildifier's tables (https://github.com/bazelbuild/buildtools/blob/main/tables/tables.go).
"""

# ruff: noqa: SIM905 (a list of names is easier to read and to compare than a list of literals)
from __future__ import annotations

LABELS = frozenset(
    """
    app_target appdir base_package build_deps cc_deps ccdeps common_deps compile_deps compiler data default_visibility
    dep deps deps_java dont_depend_on env_deps envscripts exported_deps exports externs_list files globals
    implementation implementation_deps implements includes interface jar jars javadeps lib_deps library malloc model
    mods module_deps module_target of plugins private_deps proto_deps proto_target protos resource resources
    runtime_deps scope shared_deps similar_deps source_jar src srcs stripped_targets suites swigdeps target
    target_devices target_platforms template test test_data test_deps test_srcs tests tests_deps tool tools visibility
    """.split()
)

LABELS_EXCEPT = frozenset({"package_group.includes"})

SORTED = frozenset(
    """
    cc_deps common_deps compile_deps configs constraints data default_visibility deps deps_java exported_deps exports
    filegroups files hdrs implementation_deps imports includes inherits javadeps lib_deps module_deps outs packages
    plugin_modules private_deps proto_deps protos pubs resources runtime_deps shared_deps similar_deps srcs swigdeps
    swig_includes tags test_data test_deps test_srcs test_tags tests tools to_start_extensions visibility
    """.split()
)

SORTED_EXCEPT = frozenset({"genrule.outs", "genrule.srcs", "cc_embed_data.srcs"})

PRIORITY = {
    "name": -99,
    "gwt_name": -98,
    "package_name": -97,
    "visible_node_name": -96,
    "size": -95,
    "timeout": -94,
    "testonly": -93,
    "src": -92,
    "srcdir": -91,
    "srcs": -90,
    "out": -89,
    "outs": -88,
    "hdrs": -87,
    "has_services": -86,
    "include": -85,
    "of": -84,
    "baseline": -83,
    "destdir": 1,
    "exports": 2,
    "runtime_deps": 3,
    "deps": 4,
    "implementation": 5,
    "implements": 6,
    "alwayslink": 7,
}
