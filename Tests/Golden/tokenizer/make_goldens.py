"""Makes the vocabulary and the golden encodings of this folder with Hugging Face tokenizers and tiktoken.

    pip install tokenizers==0.23.3 tiktoken==0.14.0
    python make_goldens.py [conformance.jsonl]

Every encoding is the one that both libraries give; the script stops where they differ. `texts.jsonl` is an input too: 150
short texts chosen once from a larger set of conformance cases (give that set as the argument to choose anew).
"""
import json
import pathlib
import random
import sys

import tiktoken
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).parent
PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
SPECIALS = ["<|endoftext|>", "<|end|>", "<|end|><|stop|>", "<|niño|>"]

# Written for this purpose. The vocabulary is trained on it, so it decides nothing but which merges exist.
TRAINING = """\
The swift weighs forty grams and spends ten months of the year on the wing. It eats, drinks and sleeps in the air; it
doesn't land because it doesn't need to. When the young birds leave the nest they've never flown before, and they won't
touch the ground again for two or three years. "How can that be?" people ask. "They're built for it," we'd answer, "and
I'm sure you'll see them over the roofs in June." There are 10,000 of them above this town; in 2019 there were 12,500.
El vencejo pesa cuarenta gramos y pasa diez meses del año en vuelo. Come, bebe y duerme en el aire; no se posa porque no lo
necesita. Cuando los jóvenes dejan el nido no han volado nunca, y no volverán a tocar el suelo en dos o tres años. ¿Cómo es
posible? Están hechos para eso, respondió la niña, y mañana los verás sobre los tejados. Así fue: llegaron más de mil.
Der Mauersegler schläft im Flug, und niemand weiß genau, wie. Le martinet noir dort en volant, même à l'équinoxe d'été.
Стриж спит на лету. 雨燕在飞行中睡觉。アマツバメは飛びながら眠る。السمامة تنام وهي تطير. 🐦🕊️🪽 👩‍👧‍👦 naïve café — “quotes” … 50 € · 20 °C

def flight(bird, hours=24):
    \"\"\"Returns the distance in kilometres.\"\"\"
    for hour in range(hours):
        if bird.is_asleep and hour % 6 == 0:
            bird.distance += 40.0 * (1 - 0.25)
        else:
            bird.distance += 40
    return {"name": bird.name, "distance": bird.distance}

int main(void) { for (int i = 0; i < 10; i++) printf("%d\\n", i); return 0; }
"""


def train():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator([TRAINING], trainers.BpeTrainer(
        vocab_size=900, min_frequency=1, show_progress=False, special_tokens=SPECIALS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    return tokenizer


def byte_alphabet():
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return {chr(byte): byte for byte in visible} | {chr(0x100 + n): byte for n, byte in enumerate(hidden)}


def nasty_texts(rng):
    spaces = [" ", "\n", "\t", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\xa0", "\u1680", "\u2003", "\u2028", "\u202f", "\u3000"]
    alien = ["\u200b", "\u200d", "\ufeff", "\x00", "\x1c", "\x1f", "\x7f", "\xad", "\u180e", "\ufffd", "\U0010ffff", "\ue000"]
    marks = ["\u0301", "e\u0301", "\u0e33", "क्षि", "각", "한", "\u1112\u1161\u11ab"]
    letters = ["a", "Z", "ñ", "ß", "ſ", "ª", "ƻ", "ʰ", "Ω", "Ω", "ж", "ש", "س", "ก", "あ", "漢", "𠀀", "𝔘", "𐐷", "\u1c89"]
    numbers = ["0", "7", "²", "½", "Ⅷ", "①", "٣", "४", "〇", "𝟘", "🄁", "৴"]
    others = ["!", "'", "''", "…", "¿", "€", "😀", "👩‍👧", "🇪🇸", "❤️", "_", "\\", "<|", "^", "`"]
    contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'LL", "'r", "'v", "'l", "'x", "’s"]
    pools = [spaces, alien, marks, letters, numbers, others, contractions, [" "], [" "], ["swift", "vencejo", "bird"]]
    texts = ["", " ", "  ", "\n\n ", "a ", " a", "  a", "\ta", " \ta", "'", " '", "''s", " 's", "it's", "IT'S", "x'", "'re're",
             "can't've", "a\u00a0b", "\u00a0\u00a0b", "a  \u00a0", "<|endoftext|>", "a<|end|>b", "<|endoftex", "é", "e\u0301",
             "1st 2nd", "a1b2", "١٢٣abc", "\ud7a3\ue000", "Å", "Å", "\x00\x00", " \x00", "\u2028\u2029", "x" * 97, "ab" * 200,
             " " * 300, "\n" * 100 + "a", "the" * 60, "é" * 120, "1" * 130, "!" * 99, "\U0010fffe\U0001f468\u200d"]
    texts += [character for pool in pools[:6] for character in pool]
    for _ in range(300):
        texts.append("".join(rng.choice(rng.choice(pools)) for _ in range(rng.randint(2, 12))))
    words = TRAINING.split(" ")
    for _ in range(40):
        at = rng.randrange(len(words) - 12)
        texts.append(" ".join(words[at:at + rng.randint(1, 12)]))
    return texts


def choose(path):
    cases = [json.loads(line)["text"] for line in open(path)]
    prose = pathlib.Path(path).parents[1].joinpath("wikitext2/wiki.test.raw").read_text()
    cases = sorted({text for text in cases if 1 < len(text) < 80 and text.strip() not in prose})
    random.Random(1).shuffle(cases)
    return cases[:150]


def write(name, rows):
    (HERE / name).write_text("".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows))


def main():
    if len(sys.argv) > 1:
        write("texts.jsonl", choose(sys.argv[1]))
    texts = [json.loads(line) for line in open(HERE / "texts.jsonl")] + nasty_texts(random.Random(2))
    texts = list(dict.fromkeys(texts))

    tokenizer = train()
    tokenizer.save(str(HERE / "tokenizer.json"), pretty=False)
    tokenizer.model.save(str(HERE))
    vocabulary = tokenizer.get_vocab()
    alphabet = byte_alphabet()
    ranks = {bytes(alphabet[c] for c in token): token_id - len(SPECIALS)
             for token, token_id in vocabulary.items() if token not in SPECIALS}
    reference = tiktoken.Encoding("golden", pat_str=PATTERN, mergeable_ranks=ranks,
                                  special_tokens={text: len(ranks) + n for n, text in enumerate(SPECIALS)})

    def renumber(ids):
        return [n + len(SPECIALS) if n < len(ranks) else n - len(ranks) for n in ids]

    prefixing = Tokenizer.from_file(str(HERE / "tokenizer.json"))
    prefixing.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    rows = []
    for text in texts:
        row = {"text": text}
        for library in (tokenizer, prefixing):
            library.encode_special_tokens = True
        row["ids"] = tokenizer.encode(text).ids
        if len(rows) % 4 == 0 or len(text) < 3:
            row["prefixed"] = prefixing.encode(text).ids
        assert row["ids"] == renumber(reference.encode_ordinary(text)), text
        rows.append(row)
    write("encodings.jsonl", rows)

    tokenizer.encode_special_tokens = prefixing.encode_special_tokens = False
    rng = random.Random(3)
    rows = []
    for _ in range(60):
        parts = SPECIALS + ["swift", " bird", " ", "\n", "a", "<|end", "|>", "", "<", "'s", "<|stop|>", "<|nin\u0303o|>"]
        text = "".join(rng.choice(parts) for _ in range(rng.randint(1, 8)))
        ids = tokenizer.encode(text).ids
        rows.append({"text": text, "ids": ids, "prefixed": prefixing.encode(text).ids})
    write("specials.jsonl", rows)

    rng = random.Random(4)
    rows = []
    interesting = [0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0,
                   0xF1, 0xF4, 0xF5, 0xFF]
    for _ in range(200):
        data = bytes(rng.choice(interesting) for _ in range(rng.randint(1, 12)))
        rows.append({"bytes": data.hex(), "text": data.decode("utf-8", "replace")})
    write("repairs.jsonl", rows)


main()
