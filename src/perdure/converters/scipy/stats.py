"""Frozen distributions of search spaces: the distribution by its name, and its parameters."""

from __future__ import annotations

from typing import Any

from ...errors import InvalidError, UnsupportedError
from ..base import Converter

__all__ = ["DISTRIBUTIONS", "FROZEN"]

DISTRIBUTIONS = frozenset(
    (
        "alpha", "anglit", "arcsine", "argus", "bernoulli", "beta", "betabinom", "betanbinom", "betaprime", "binom",
        "boltzmann", "bradford", "burr", "burr12", "cauchy", "chi", "chi2", "cosine", "crystalball", "dgamma", "dlaplace",
        "dpareto_lognorm", "dweibull", "erlang", "expon", "exponnorm", "exponpow", "exponweib", "f", "fatiguelife", "fisk",
        "foldcauchy", "foldnorm", "gamma", "gausshyper", "genexpon", "genextreme", "gengamma", "genhalflogistic",
        "genhyperbolic", "geninvgauss", "genlogistic", "gennorm", "genpareto", "geom", "gibrat", "gompertz", "gumbel_l",
        "gumbel_r", "halfcauchy", "halfgennorm", "halflogistic", "halfnorm", "hypergeom", "hypsecant", "invgamma",
        "invgauss", "invweibull", "irwinhall", "jf_skew_t", "johnsonsb", "johnsonsu", "kappa3", "kappa4", "ksone",
        "kstwo", "kstwobign", "landau", "laplace", "laplace_asymmetric", "levy", "levy_l", "levy_stable", "loggamma",
        "logistic", "loglaplace", "lognorm", "logser", "loguniform", "lomax", "maxwell", "mielke", "moyal", "nakagami",
        "nbinom", "ncf", "nchypergeom_fisher", "nchypergeom_wallenius", "nct", "ncx2", "nhypergeom", "norm",
        "norminvgauss", "pareto", "pearson3", "planck", "poisson", "poisson_binom", "powerlaw", "powerlognorm",
        "powernorm", "randint", "rayleigh", "rdist", "recipinvgauss", "reciprocal", "rel_breitwigner", "rice",
        "semicircular", "skellam", "skewcauchy", "skewnorm", "studentized_range", "t", "trapezoid", "trapz", "triang",
        "truncexpon", "truncnorm", "truncpareto", "truncweibull_min", "tukeylambda", "uniform", "vonmises",
        "vonmises_line", "wald", "weibull_max", "weibull_min", "wrapcauchy", "yulesimon", "zipf", "zipfian",
    )
)  # fmt: skip


def _frozen_state(value: Any) -> dict[str, Any]:
    from scipy import stats

    name = value.dist.name
    known: Any = getattr(stats, name, None) if name in DISTRIBUTIONS else None
    if type(known) is not type(value.dist):
        raise UnsupportedError(
            f"a frozen distribution {name!r} cannot be saved: it is none of scipy.stats",
            fix="use one that scipy.stats has under its name, such as scipy.stats.uniform(0, 1)",
        )
    state = {"args": tuple(value.args), "distribution": name, "keywords": dict(value.kwds)}
    # By default it draws from numpy's global state, which is no part of a model.
    if value.dist._random_state is not known._random_state:
        state["random_state"] = value.dist._random_state
    return state


def _frozen(cls: Any, state: dict[str, Any]) -> Any:
    from scipy import stats

    name = state["distribution"]
    if name not in DISTRIBUTIONS or not hasattr(stats, name):
        raise InvalidError(f"scipy.stats has no distribution named {name!r:.60}")
    made = getattr(stats, name)(*state["args"], **state["keywords"])
    if "random_state" in state:
        made.random_state = state["random_state"]
    return made


FROZEN = Converter("frozen-distribution", _frozen_state, _frozen)
