"""What the invented shop sells: about sixty products with brands, options and bundles."""

from dataclasses import dataclass
from functools import cache

from tap_bigcommerce_carts.sandbox.shop.dice import dice, likely
from tap_bigcommerce_carts.sandbox.shop.money import CENT

SIZES = ("S", "M", "L", "XL")
COLOURS = ("Red", "Blue", "Moss", "Sand")
BRANDS = ("Fjordwear", "Lantern & Co", "North Quay", "Plain Goods", "Tern", "")
_THINGS = (
    *("Wool Socks", "Rain Jacket", "Linen Shirt", "Knit Hat", "Canvas Bag", "Trail Shoes"),
    *("Enamel Mug", "Oak Board", "Desk Lamp", "Tea Tin", "Field Notes", "Picnic Rug"),
    *("Camp Stove", "Water Bottle", "Beeswax Candle", "Garden Twine", "Pocket Knife", "Apron"),
)
_RANGES = ("Classic", "Winter", "Studio")
_DIGITAL = ("Knitting Pattern", "Trail Maps", "Recipe Book", "Sound of the Sea")
_BUNDLES = ("Tea Time Set", "Camp Starter Set")
_WITH_SIZES = 6


@dataclass(frozen=True, slots=True)
class Variant:
    """One buyable form of a product; `choices` are (option name, value) pairs."""

    id: int
    sku: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """A catalogue entry. `price` is in units of the store's currency; `parts` make a bundle."""

    id: int
    name: str
    brand: str
    type: str
    price: int
    weight: str
    upc: str
    variants: tuple[Variant, ...]
    parts: tuple[int, ...] = ()


@cache
def catalog() -> tuple[Product, ...]:
    """Return every product, bundles last, so that their parts come before them."""
    names = [f"{series} {thing}" for series in _RANGES for thing in _THINGS]
    physical = [_physical(101 + n, name) for n, name in enumerate(names)]
    digital = [_digital(301 + n, name) for n, name in enumerate(_DIGITAL)]
    bundles = [
        _bundle(401 + n, name, physical[6 + 3 * n : 9 + 3 * n]) for n, name in enumerate(_BUNDLES)
    ]
    return (*physical, *digital, *bundles)


@cache
def product(product_id: int) -> Product:
    """Return one product by its id; KeyError when there is none."""
    return {item.id: item for item in catalog()}[product_id]


def _physical(number: int, name: str) -> Product:
    chance = dice("product", number)
    sized = (number - 101) % len(_THINGS) < _WITH_SIZES
    choices: list[tuple[tuple[str, str], ...]] = (
        [(("Size", size), ("Colour", colour)) for size in SIZES for colour in COLOURS]
        if sized
        else [()]
    )
    code = "".join(word[0] for word in name.split()) + str(number)
    return Product(
        id=number,
        name=name,
        brand=chance.choice(BRANDS),
        type="physical",
        price=chance.randint(490, 14_900) * CENT,
        weight=f"{chance.randint(1, 40) / 10:.4f}",
        upc=f"0000000{number:05d}" if likely(chance, 0.5) else "",
        variants=tuple(
            Variant(
                number * 100 + n,
                "-".join([code, *(value[:3].upper() for _, value in pairs)]),
                pairs,
            )
            for n, pairs in enumerate(choices)
        ),
    )


def _digital(number: int, name: str) -> Product:
    variants = (Variant(number * 100, f"DL-{number}", ()),)
    return Product(number, name, "Tern", "digital", 1200 * CENT, "0.0000", "", variants)


def _bundle(number: int, name: str, parts: list[Product]) -> Product:
    price = sum(part.price for part in parts) * 9 // 10 // CENT * CENT
    variants = (Variant(number * 100, f"SET-{number}", ()),)
    ids = tuple(part.id for part in parts)
    return Product(number, name, "Plain Goods", "physical", price, "1.0000", "", variants, ids)
