"""What scikit-learn itself says of an estimator: its HTML diagram, and whether it is fitted."""

from sklearn.exceptions import NotFittedError
from sklearn.utils._repr_html.estimator import _get_visual_block
from sklearn.utils.validation import check_is_fitted


def text(value):
    return value if isinstance(value, str) else type(value).__name__


def is_estimator(value):
    return hasattr(value, "get_params") and not isinstance(value, type)


def is_fitted(estimator):
    try:
        check_is_fitted(estimator)
        return True
    except (NotFittedError, AttributeError):
        return False


def block(estimator):
    """scikit-learn's own diagram: [kind, [[name, class, inner] ..]]; None for what has nothing inside."""
    found = _get_visual_block(estimator) if is_estimator(estimator) else None
    if found is None or found.kind == "single":
        return None
    inner = []
    for name, part in zip(found.names or [], found.estimators):
        if not is_estimator(part) and not isinstance(part, str) and part is not None:
            inner.append(["", "", [part.kind, [[n, text(e), block(e)] for n, e in zip(part.names, part.estimators)]]])
        else:
            inner.append([name, text(part), block(part)])
    return [found.kind, inner]
