"""A snapshot of the parameters that a run was judged by, kept in its folder, so that it can be judged so again."""

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from readiness.assessment import Parameters
from readiness.errors import BadInput
from readiness.run import RunFolder
from readiness.target import Target, path_of

NAME = "params.zip"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def take(target: str | Path, params: Path) -> bytes:
    """The files that a target's assessment reads, as a ZIP archive; the same files give the same bytes.

    Secrets are references in them, as everywhere.

    Args:
        target: Name in `params/targets/`, or path of a target file.
        params: The `params/` folder.
    """
    path = path_of(target, params)
    name = Target.find(target, params).name
    files = {f"catalog/{file.name}": file for file in sorted((params / "catalog").glob("*.yaml"))}
    files |= {"gates.yaml": params / "gates.yaml", f"targets/{name}.yaml": path}
    files |= {f"{kind}/{name}.yaml": params / kind / f"{name}.yaml" for kind in ("attestations", "waivers")}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, file in sorted(files.items()):
            if file.is_file():
                archive.writestr(zipfile.ZipInfo(place, _EPOCH), file.read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()


def unpack(run: RunFolder, folder: Path) -> str:
    """Write the parameters that a run was judged by into a folder, laid out as `params/` is.

    Returns:
        The target's name.

    Raises:
        BadInput: The run holds none, or none that can still be read.
    """
    path = run.path / NAME
    if not path.is_file():
        raise BadInput(f"{run.path}: expected {NAME} there; the run is from before parameters were kept")
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        name = next((folder / "targets").glob("*.yaml")).stem
        Parameters.load(name, folder)
    except (zipfile.BadZipFile, OSError) as error:
        raise BadInput(f"{path}: {error}") from None
    except (BadInput, StopIteration) as error:
        said = error.problems[0].replace(f"{folder}/", "") if isinstance(error, BadInput) else "no target in it"
        raise BadInput(f"{path}: cannot be read any more: {said}") from None
    return name


def parameters_of(run: RunFolder) -> Parameters:
    """The parameters that a run was judged by; raises as `unpack` does."""
    with TemporaryDirectory(prefix="readiness-") as place:
        folder = Path(place)
        return Parameters.load(unpack(run, folder), folder)
