#pragma once
#include <string>
#include <vector>

namespace eigenrnn {

/// Corpus BLEU-4 with one reference a sentence, from 0 to 1 (Papineni, Roukos, Ward & Zhu 2002):
///
///   BLEU = min(1, exp(1 − r/c)) · (p₁ p₂ p₃ p₄)^¼
///
/// r and c are the tokens of all references and of all candidates. pₙ, summed over the corpus, is
/// Σ matches / Σ max(1, n-grams of the candidate), where an n-gram matches at most as often as it
/// occurs in its reference. Nothing is smoothed: BLEU is 0 if any pₙ is.
///
/// Equal to NLTK 3.8's corpus_bleu with its default arguments: the max(1, ·) is NLTK's, and makes a
/// difference for candidates of fewer than four tokens. Where a pₙ is 0, NLTK puts the smallest
/// positive double in its place and returns less than 1e-76 instead of 0.
///
/// Throws Error if the numbers of candidates and references differ, or are 0.
double corpus_bleu(const std::vector<std::vector<std::string>>& candidates,
                   const std::vector<std::vector<std::string>>& references);

}  // namespace eigenrnn
