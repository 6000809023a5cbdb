from __future__ import annotations

import numpy as np
from sklearn import feature_extraction
from sklearn.feature_extraction import image, text

from zoo import data, own
from zoo.registry import family

add = family("text and feature extraction")

CV, TV = text.CountVectorizer, text.TfidfVectorizer
add("CountVectorizer", CV, data.texts)
add("CountVectorizer-ngrams", lambda: CV(ngram_range=(1, 2), min_df=2, max_df=0.9, max_features=20), data.texts)
add("CountVectorizer-characters", lambda: CV(analyzer="char_wb", ngram_range=(2, 3), lowercase=False), data.texts)
add("CountVectorizer-english", lambda: CV(stop_words="english", strip_accents="unicode", binary=True), data.texts)
add(
    "CountVectorizer-stop-list",
    lambda: CV(stop_words=["the", "and"], token_pattern=r"(?u)\b\w\w+\b", dtype=np.float32),
    data.texts,
)
add("CountVectorizer-vocabulary", lambda: CV(vocabulary=["tree", "leaf", "forest"]), data.texts)
add("CountVectorizer-vocabulary-dict", lambda: CV(vocabulary={"tree": 1, "leaf": 0}), data.texts)
add("CountVectorizer-vocabulary-set", lambda: CV(vocabulary={"tree", "leaf", "model"}), data.texts)
add(
    "CountVectorizer-own-code",
    lambda: CV(tokenizer=own.split_on_space, preprocessor=own.lower, token_pattern=None),
    data.texts,
    "own-code",
    trusted=("zoo.own:lower", "zoo.own:split_on_space"),
)
add("TfidfVectorizer", TV, data.texts)
add(
    "TfidfVectorizer-sublinear",
    lambda: TV(sublinear_tf=True, norm="l1", smooth_idf=False, dtype=np.float32),
    data.texts,
    "float32",
)
add("TfidfVectorizer-no-idf", lambda: TV(use_idf=False), data.texts)
add(
    "TfidfVectorizer-own-analyzer",
    lambda: TV(analyzer=own.split_on_space),
    data.texts,
    "own-code",
    trusted=("zoo.own:split_on_space",),
)
add("TfidfTransformer", text.TfidfTransformer, data.sparse(data.without_target(data.counts)), "sparse")
add(
    "TfidfTransformer-sublinear",
    lambda: text.TfidfTransformer(sublinear_tf=True, norm=None),
    data.sparse(data.without_target(data.counts)),
    "sparse",
)
add("HashingVectorizer", lambda: text.HashingVectorizer(n_features=64), data.texts)
add(
    "HashingVectorizer-characters",
    lambda: text.HashingVectorizer(n_features=32, analyzer="char", alternate_sign=False, norm=None),
    data.texts,
)
FE = feature_extraction
add("DictVectorizer", FE.DictVectorizer, data.dicts)
add(
    "DictVectorizer-dense",
    lambda: FE.DictVectorizer(sparse=False, sort=False, separator=":", dtype=np.float32),
    data.dicts,
    "float32",
)
add("FeatureHasher", lambda: FE.FeatureHasher(n_features=16), data.dicts)
add(
    "FeatureHasher-strings",
    lambda: FE.FeatureHasher(n_features=16, input_type="string", alternate_sign=False),
    data.tokens,
)
add("PatchExtractor", lambda: image.PatchExtractor(patch_size=(3, 3), max_patches=4, random_state=0), data.images)
add(
    "PatchExtractor-all",
    lambda: image.PatchExtractor(patch_size=(2, 2)),
    data.float32(data.images),
    "float32",
)
