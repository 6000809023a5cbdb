"""What all classes of `perdure.compat` share: fitted anew or cloned, they are the stock class."""

from __future__ import annotations

from typing import Any, ClassVar

from sklearn.base import clone

__all__ = ["AsBefore"]

_TAG = "_perdure_compat"


class AsBefore:
    """Mixed into a stock class before it; it keeps the predictions of what is fitted, and of nothing else."""

    _stock: ClassVar[type]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "_stock" in vars(cls):
            # repr and get_feature_names_out show the name; pickle and perdure go by __qualname__.
            cls.__name__ = cls._stock.__name__

    def _as_stock(self) -> Any:
        """Turn this instance into one of the stock class."""
        vars(self).pop(_TAG, None)
        self.__class__ = self._stock
        return self

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        """Fit as the stock class does; afterwards it is one.

        Returns
        -------
        estimator
            Itself.
        """
        return self._as_stock().fit(*args, **kwargs)

    def __sklearn_clone__(self) -> Any:
        parameters = {name: clone(value, safe=False) for name, value in self.get_params(deep=False).items()}  # type: ignore[attr-defined]
        return self._stock(**parameters)
