"""Manifest lines for a target's runfiles, streamed: where each file of the app goes."""

visibility(["//rules/..."])

def _runfiles_path(short_path):
    return short_path[len("../"):] if short_path.startswith("../") else "_main/" + short_path

def _file_line(file):
    return json.encode({"files": [{"path": _runfiles_path(file.short_path), "source": file.path}]})

def _symlink_line(entry):
    return json.encode({"files": [{"path": "_main/" + entry.path, "source": entry.target_file.path}]})

def _root_symlink_line(entry):
    return json.encode({"files": [{"path": entry.path, "source": entry.target_file.path}]})

def _empty_line(path):
    return json.encode({"empty": [_runfiles_path(path)]})

def _import_line(path):
    return json.encode({"imports": ["/app/" + path]})

def _repository_line(file):
    return _import_line(_runfiles_path(file.short_path).split("/")[0])

def first_party(target, outside):
    """The runfiles of a program that are its app: not its launcher, its interpreter or its distributions.

    Args:
        target: Target with default runfiles.
        outside: depset of string, names of repositories that are not part of the app.

    Returns:
        struct: `files` (depset of File), `symlinks` and `root_symlinks` (list of SymlinkEntry), `empty` (depset of string).
    """
    runfiles = target[DefaultInfo].default_runfiles
    repositories = {name: True for name in outside.to_list() if name}
    launcher = target[DefaultInfo].files_to_run.executable

    # What the program's own rule wrote is how it starts on the developer's machine; rules_python's venv has links, too.
    def ours(file):
        return file.owner.repo_name not in repositories and file != launcher and (file.is_source or file.owner != target.label)

    return struct(
        empty = runfiles.empty_filenames,
        files = depset([file for file in runfiles.files.to_list() if ours(file)]) if repositories or launcher else runfiles.files,
        root_symlinks = [entry for entry in runfiles.root_symlinks.to_list() if ours(entry.target_file)],
        symlinks = [entry for entry in runfiles.symlinks.to_list() if ours(entry.target_file)],
    )

def add_runfiles(manifest, app):
    """Adds `files` and `empty` lines for the app's runfiles, at their runfiles paths.

    Args:
        manifest: Args from `new_manifest`.
        app: what `first_party` returned.
    """
    manifest.add_all(app.files, expand_directories = False, map_each = _file_line)
    manifest.add_all(app.symlinks, map_each = _symlink_line)
    manifest.add_all(app.root_symlinks, map_each = _root_symlink_line)
    manifest.add_all(app.empty, map_each = _empty_line)

def add_imports(manifest, imports, sources):
    """Adds `imports` lines: what PyInfo says, then the root of every repository with sources, as Bazel's launcher does.

    Args:
        manifest: Args from `new_manifest`.
        imports: depset of string from PyInfo.
        sources: depset of File: the Python sources.
    """
    manifest.add_all(imports, map_each = _import_line)
    manifest.add_all(sources, expand_directories = False, map_each = _repository_line, uniquify = True)
