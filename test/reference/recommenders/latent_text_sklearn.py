"""TF-IDF and truncated SVD of a few texts by scikit-learn, for test/recommenders/texts/latentText.test.ts.

    python -m pip install scikit-learn==1.7.2; python latent_text_sklearn.py > latent_text_sklearn.json
"""

import json

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

genres = ["drama", "comedy", "war", "café", "noir"]
texts = [f"Film {n} the {genres[n % 5]} {genres[n * 3 % 5]} {genres[n % 3]} of {n % 7} year_{n % 4} A b" for n in range(24)] + ["", "drama drama drama"]
vectorizer = TfidfVectorizer(sublinear_tf=True)
weights = vectorizer.fit_transform(texts)
terms = vectorizer.get_feature_names_out().tolist()
u, s, _ = np.linalg.svd(weights.toarray(), full_matrices=False)
k = 6
features = u[:, :k] * s[:k]
lengths = np.linalg.norm(features, axis=1, keepdims=True)
scaled = np.where(lengths > 0, features * 15 / np.where(lengths > 0, lengths, 1), 0)
print(json.dumps({
    "texts": texts,
    "terms": terms,
    "weights": np.round(weights.toarray(), 7).tolist(),
    "k": k,
    "singularValues": s[: k + 1].tolist(),
    "inner": np.round(scaled @ scaled.T, 5).tolist(),
    "columns": np.round(np.abs(scaled), 5).tolist(),
}))
