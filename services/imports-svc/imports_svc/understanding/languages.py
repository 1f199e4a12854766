"""How lists are written in a dozen languages: headers that words.toml knows, words of titles, groups, and what stands around."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """`mark` is the decimal mark, `headers` several names of each field, `groups` pairs of a category and one below it.

    `total`, `remarks` and `title_block` stand around a table; `none` and `some` are stocks in words. `codepages`: encodings of
    one byte that can write it.
    """

    mark: str
    currency: str
    headers: dict[str, tuple[str, ...]]
    adjectives: tuple[str, ...]
    nouns: tuple[str, ...]
    groups: tuple[tuple[str, str], ...]
    total: tuple[str, ...]
    remarks: tuple[str, ...]
    title_block: tuple[str, ...]
    none: tuple[str, ...]
    some: tuple[str, ...]
    codepages: tuple[str, ...]


_NAMES = ("ref", "gtin", "title", "brand", "category", "price", "stock", "currency")


def _headers(line: str) -> dict[str, tuple[str, ...]]:
    """`a/b|c|...` in the order of `_NAMES`."""
    return {name: tuple(some.split("/")) for name, some in zip(_NAMES, line.split("|"), strict=True)}


def _groups(line: str) -> tuple[tuple[str, str], ...]:
    return tuple((group, below) for group, _, below in (pair.partition(">") for pair in line.split("|")))


def _language(mark: str, currency: str, codepages: str, *lines: str) -> Language:
    headers, adjectives, nouns, groups, total, remarks, block, none, some = lines
    return Language(
        mark,
        currency,
        _headers(headers),
        tuple(adjectives.split("|")),
        tuple(nouns.split("|")),
        _groups(groups),
        tuple(total.split("|")),
        tuple(remarks.split("|")),
        tuple(block.split("|")),
        tuple(none.split("|")),
        tuple(some.split("|")),
        tuple(codepages.split()),
    )


LANGUAGES: dict[str, Language] = {
    "en": _language(
        ".",
        "GBP",
        "cp1252 mac_roman cp850",
        "SKU/Item No/Article number/Product code|EAN/Barcode/GTIN/UPC EAN|Title/Product name/Name"
        "|Brand/Manufacturer|Category/Product type|Price/Net price/Unit cost|Stock/Qty/Stock level|Currency/Currency code",
        "heavy|cordless|naïve|stainless|blue|café|long",
        "drill|hammer|jalapeño sauce|garden hose|crème brûlée|socket set|lamp",
        "Tools>Drills|Garden>Hoses|Kitchen>Pans|Lighting>LED",
        "Total|Grand total|Subtotal",
        "New this month!|Please order in full cases only|Prices subject to change without notice",
        "Price list 2026|ACME Wholesale Ltd|Valid from 01/02/2026|All prices in the currency shown, excl. VAT",
        "out of stock|sold out|no|n",
        "in stock|available|yes|y",
    ),
    "de": _language(
        ",",
        "EUR",
        "cp1252 mac_roman cp850",
        "Artikelnummer/Artikel-Nr./Bestellnummer|EAN/Strichcode/EAN-Nummer|Bezeichnung/Artikelbezeichnung/Produktname|Marke/Hersteller"
        "|Kategorie/Warengruppe|Preis/Nettopreis/Einkaufspreis|Bestand/Lagerbestand|Währung",
        "große|schwere|grüne|weiße|kleine|überlange",
        "Bohrmaschine|Schlüsselsatz|Säge|Gießkanne|Türgriff|Maßband|Pinsel",
        "Werkzeug>Sägen|Garten>Gießkannen|Küche>Töpfe|Bäder>Armaturen",
        "Summe|Gesamt|Zwischensumme|Gesamtsumme",
        "Neu im Sortiment!|Bitte nur volle Kartons bestellen|Aktion gültig bis Monatsende",
        "Preisliste 2026|Müller Großhandel GmbH|Gültig ab 01.02.2026|Alle Preise netto zzgl. MwSt.",
        "nicht lieferbar|ausverkauft|nein|nicht auf Lager",
        "auf Lager|lieferbar|ja|sofort lieferbar",
    ),
    "fr": _language(
        ",",
        "EUR",
        "cp1252 mac_roman cp850",
        "Référence/Code article/Réf. fournisseur|Code EAN/Gencod/Code barre|Désignation/Libellé/Nom du produit|Marque/Fabricant"
        "|Catégorie/Famille|Prix HT/Prix/Prix d'achat|Stock/Quantité en stock|Devise",
        "grande|légère|très longue|épaisse|bleue",
        "perceuse|clé à molette|théière|brosse à dents|poêle|échelle",
        "Outillage>Clés|Jardin>Arrosage|Cuisine>Poêles|Électricité>Câbles",
        "Total|Sous-total|Total général",
        "Nouveautés du mois|Commande minimale : 150 euros|Livraison sous huit jours",
        "Tarif 2026|Société Générale d'Outillage|Valable à partir du 01/02/2026|Prix hors taxes",
        "rupture de stock|épuisé|non|indisponible",
        "en stock|disponible|oui",
    ),
    "es": _language(
        ",",
        "EUR",
        "cp1252 mac_roman cp850",
        "Referencia/Código/Código producto|Código de barras/EAN|Nombre/Título/Nombre del producto|Marca/Fabricante"
        "|Categoría/Familia|Precio/Precio neto/Precio compra|Existencias/Stock|Moneda/Divisa",
        "pequeña|roja|eléctrica|sólida|cómoda",
        "piñata|taladradora|lámpara|caña|jabón líquido",
        "Jardín>Riego|Baño>Jabón|Iluminación>Lámparas",
        "Total|Suma|Total general",
        "Novedades de otoño|Pedido mínimo de diez unidades",
        "Lista de precios 2026|Distribuciones Ibáñez S.L.|Válida desde el 01/02/2026",
        "agotado|sin existencias|no disponible",
        "en stock|disponible|sí",
    ),
    "it": _language(
        ",",
        "EUR",
        "cp1252 mac_roman cp850",
        "Codice articolo/Codice/Riferimento|Codice EAN/Codice a barre|Nome prodotto/Titolo/Denominazione|Marca/Produttore"
        "|Categoria/Reparto|Prezzo/Prezzo netto|Giacenza/Disponibilità|Valuta",
        "grande|leggera|nera|a metà",
        "caffettiera|città in miniatura|chiave inglese|tè verde",
        "Utensili>Chiavi|Cucina>Caffè|Giardino>Tubi",
        "Totale|Subtotale|Totale generale",
        "Novità del mese|Ordine minimo per collo",
        "Listino prezzi 2026|Fratelli Rossi S.p.A.|Valido dal 01/02/2026",
        "esaurito|non disponibile",
        "disponibile|in magazzino|sì",
    ),
    "pl": _language(
        ",",
        "PLN",
        "cp1250",
        "Kod produktu/Indeks/Kod towaru|Kod kreskowy/EAN|Nazwa/Nazwa produktu/Nazwa towaru|Marka/Producent"
        "|Kategoria/Grupa|Cena netto/Cena zakupu/Cena|Stan magazynowy/Ilość|Waluta",
        "duży|żółty|ciężki|mały|czarny",
        "młotek|śrubokręt|wąż ogrodowy|łyżka|świeca",
        "Narzędzia>Młotki|Ogród>Węże|Oświetlenie>Żarówki",
        "Razem|Suma",
        "Nowości miesiąca|Zamówienia tylko w pełnych kartonach",
        "Cennik 2026|Hurtownia Żółty Młotek|Ważny od 01.02.2026",
        "niedostępny|brak w magazynie|nie",
        "dostępny|na stanie|tak",
    ),
    "cs": _language(
        ",",
        "CZK",
        "cp1250",
        "Kód zboží/Kód produktu/Katalogové číslo|EAN/Čárový kód|Název/Název zboží/Název produktu|Značka/Výrobce"
        "|Kategorie/Kategorie produktu|Cena/Nákupní cena|Sklad/Dostupnost|Měna",
        "velký|žlutý|těžký|malý|černý",
        "šroubovák|kladivo|hadice|lžíce|žárovka",
        "Nářadí>Kladiva|Zahrada>Hadice|Osvětlení>Žárovky",
        "Celkem|Součet|Mezisoučet",
        "Novinky měsíce|Objednávky jen po celých baleních",
        "Ceník 2026|Velkoobchod Dvořák s.r.o.|Platí od 1. 2. 2026",
        "vyprodáno|není skladem|ne",
        "skladem|ano|dostupné",
    ),
    "ru": _language(
        ",",
        "RUB",
        "cp1251 koi8_r cp866",
        "Артикул/Код товара/Код|Штрихкод/Штрих-код|Наименование/Название/Наименование товара|Бренд/Производитель|Категория/Группа"
        "|Цена/Закупочная цена/Оптовая цена|Остаток/Склад|Валюта",
        "большая|лёгкая|чёрная|жёлтая|прочная",
        "дрель|отвёртка|лампа|щётка|кружка",
        "Инструмент>Дрели|Сад>Шланги|Свет>Лампы",
        "Итого|Всего|Промежуточный итог",
        "Новинки месяца|Заказ только полными коробками",
        "Прайс-лист 2026|ООО Ромашка|Действует с 01.02.2026",
        "нет в наличии|нет|распродано",
        "в наличии|есть|да",
    ),
    "uk": _language(
        ",",
        "UAH",
        "cp1251",
        "Код товару/Артикул|Штрихкод|Назва/Найменування|Бренд/Виробник|Категорія|Ціна|Залишок/Наявність|Валюта",
        "великий|легкий|жовтий|міцний",
        "дриль|викрутка|щітка|їжачок",
        "Інструмент>Дрилі|Сад>Шланги",
        "Разом|Усього",
        "Новинки місяця|Замовлення тільки повними коробками",
        "Прайс 2026|ТОВ Калина|Діє з 01.02.2026",
        "немає в наявності|ні",
        "в наявності|є|так",
    ),
    "he": _language(
        ".",
        "ILS",
        "cp1255",
        'מק"ט/קוד פריט/קוד מוצר|ברקוד/קוד ברקוד|שם מוצר/שם/שם פריט|מותג/יצרן|קטגוריה/מחלקה|מחיר/מחיר נטו|מלאי|מטבע',
        "גדול|קטן|שחור",
        "מקדחה|פטיש|מנורה|כוס",
        "כלים>פטישים|גינה>צינורות",
        "סה״כ|סך הכל",
        "מוצרים חדשים החודש|הזמנה בקרטונים מלאים בלבד",
        "מחירון 2026|חברת הכלים בעמ|בתוקף מפברואר",
        "אזל מהמלאי|לא",
        "במלאי|כן|זמין",
    ),
    "tr": _language(
        ",",
        "TRY",
        "cp1254",
        "Stok kodu/Ürün kodu|Barkod/Barkod no|Ürün adı/Ürün"
        "|Marka/Üretici|Kategori|Fiyat/Alış fiyatı|Stok miktarı/Stok adedi|Para birimi",
        "büyük|küçük|yeşil|ağır",
        "matkap|çekiç|lamba|şişe|ıspatula",
        "Aletler>Çekiçler|Bahçe>Hortumlar|Işık>Lambalar",
        "Toplam|Ara toplam|Genel toplam",
        "Bu ayın yenilikleri|Yalnızca tam koli sipariş",
        "Fiyat listesi 2026|Yıldız Ticaret A.Ş.|01.02.2026 tarihinden itibaren geçerli",
        "tükendi|stokta yok|hayır",
        "stokta|var|evet",
    ),
    "ja": _language(
        ".",
        "JPY",
        "shift_jis",
        "商品コード/品番|JANコード/バーコード|商品名/品名|ブランド/メーカー|カテゴリ/分類|価格/仕入価格|在庫/在庫数|通貨",
        "大型|小型|黒い",
        "電動ドリル|ハンマー|照明|急須",
        "工具>ドリル|園芸>ホース",
        "合計|小計|総計",
        "今月の新商品です|箱単位でのご注文をお願いします",
        "価格表 2026|株式会社山田商店|二月一日より有効",
        "在庫なし|品切れ",
        "在庫あり|あり",
    ),
    "el": _language(
        ",",
        "EUR",
        "cp1253",
        "Κωδικός/Κωδικός προϊόντος|Barcode/Γραμμωτός κωδικός|Ονομασία/Τίτλος"
        "|Μάρκα/Κατασκευαστής|Κατηγορία|Τιμή/Τιμή αγοράς|Απόθεμα|Νόμισμα",
        "μεγάλο|μικρό|μαύρο",
        "τρυπάνι|σφυρί|φλιτζάνι|λάμπα",
        "Εργαλεία>Σφυριά|Κήπος>Λάστιχα",
        "Σύνολο|Γενικό σύνολο",
        "Νέα προϊόντα του μήνα|Ελάχιστη παραγγελία ένα κιβώτιο",
        "Τιμοκατάλογος 2026|Παπαδόπουλος Α.Ε.|Ισχύει από 01/02/2026",
        "εξαντλήθηκε|όχι",
        "διαθέσιμο|ναι",
    ),
}
