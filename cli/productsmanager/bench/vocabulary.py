"""Words that titles, brands and categories of generated products are made of, by language."""

# ruff: noqa: SIM905  # as lists they would take a line each

from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """`words`: qualities, materials, things, colours, in the order of a title."""

    words: tuple[list[str], ...]
    departments: list[str]


VOCABULARIES = {
    "en": Vocabulary(
        (
            (
                "compact robust silent foldable adjustable waterproof wireless portable insulated reinforced ergonomic "
                "magnetic rechargeable reversible padded telescopic anodised brushed polished matte classic modern "
                "vintage slim heavy light professional junior senior universal modular stackable washable breathable "
                "recycled organic handmade forged seamless quilted woven knitted coated galvanised tempered laminated "
                "printed embroidered"
            ).split(),
            (
                "steel aluminium oak walnut beech bamboo cotton linen wool leather silicone rubber glass porcelain "
                "ceramic cork copper brass titanium carbon polyester nylon velvet denim granite marble paper cardboard "
                "acrylic felt"
            ).split(),
            (
                "kettle lamp chair table shelf drawer cabinet mirror clock vase bowl plate cup mug teapot grinder knife "
                "spoon fork pan pot lid tray basket bucket broom brush sponge towel blanket pillow curtain carpet "
                "mattress sofa desk notebook pencil stapler folder envelope printer scanner monitor keyboard mouse "
                "headset speaker microphone camera tripod charger cable adapter battery torch drill hammer saw wrench "
                "pliers screwdriver ladder paint roller tape glue rope tent backpack bottle thermos jacket trousers shirt "
                "sweater scarf glove boot sandal helmet bicycle pump saddle racket ball net glider puzzle doll robot kite "
                "drum guitar violin flute"
            ).split(),
            (
                "black white grey silver golden red crimson orange amber yellow olive green teal turquoise blue navy "
                "violet purple magenta pink beige brown ivory anthracite"
            ).split(),
        ),
        "Home Kitchen Office Garden Sport Travel Tools Music Toys Fashion".split(),
    ),
    "fr": Vocabulary(
        (
            (
                "compact robuste silencieux pliable réglable étanche léger renforcé magnétique rechargeable réversible "
                "rembourré télescopique brossé poli mat classique moderne allégé professionnel modulaire empilable "
                "lavable recyclé forgé tissé émaillé trempé imprimé brodé"
            ).split(),
            (
                "acier chêne noyer hêtre bambou coton lin laine cuir silicone caoutchouc verre porcelaine céramique liège "
                "cuivre laiton titane carbone velours granit marbre papier grès étain"
            ).split(),
            (
                "bouilloire lampe chaise table étagère tiroir miroir horloge vase bol assiette tasse théière moulin "
                "couteau cuillère fourchette poêle plateau panier seau balai éponge serviette couverture oreiller rideau "
                "tapis matelas canapé bureau cahier crayon enveloppe écran clavier souris casque caméra trépied câble "
                "batterie perceuse marteau scie échelle rouleau tente gourde veste écharpe vélo pompe raquette poupée "
                "guitare flûte"
            ).split(),
            (
                "noir blanc gris argenté doré rouge orange jaune olive vert turquoise bleu marine violet pourpre beige "
                "brun ivoire crème"
            ).split(),
        ),
        "Maison Cuisine Bureau Jardin Sport Voyage Outillage Musique Jouets Épicerie".split(),
    ),
    "de": Vocabulary(
        (
            (
                "kompakt robust leise klappbar verstellbar wasserdicht kabellos tragbar isoliert verstärkt ergonomisch "
                "magnetisch aufladbar wendbar gepolstert gebürstet poliert matt klassisch modern schwer leicht stapelbar "
                "waschbar geölt geschmiedet gewebt gestrickt verzinkt gehärtet bedruckt bestickt"
            ).split(),
            (
                "Stahl Eiche Nussbaum Buche Bambus Baumwolle Leinen Wolle Leder Silikon Gummi Glas Porzellan Keramik Kork "
                "Kupfer Messing Titan Samt Granit Marmor Papier Filz Jute Zinn"
            ).split(),
            (
                "Wasserkocher Lampe Stuhl Tisch Regal Schublade Spiegel Wanduhr Vase Schüssel Teller Tasse Teekanne Mühle "
                "Messer Löffel Gabel Pfanne Tablett Korb Eimer Besen Bürste Schwamm Handtuch Decke Kissen Vorhang Teppich "
                "Matratze Sofa Schreibtisch Heft Bleistift Umschlag Bildschirm Tastatur Maus Kopfhörer Kamera Stativ "
                "Kabel Akku Bohrmaschine Hammer Säge Leiter Rolle Zelt Rucksack Jacke Mütze Fahrrad Luftpumpe Schläger "
                "Puppe Gitarre Flöte"
            ).split(),
            (
                "schwarz weiß grau silbern golden rot orange gelb oliv grün türkis blau violett purpur rosa beige braun "
                "elfenbein anthrazit"
            ).split(),
        ),
        "Haushalt Küche Büro Garten Sport Reise Werkzeug Musik Spielzeug Bekleidung".split(),
    ),
    "ru": Vocabulary(
        (
            (
                "компактный прочный тихий складной регулируемый водонепроницаемый беспроводной утеплённый усиленный "
                "магнитный двусторонний мягкий матовый классический современный тяжёлый лёгкий детский профессиональный "
                "модульный моющийся кованый тканый вязаный закалённый печатный"
            ).split(),
            (
                "сталь дуб орех бук бамбук хлопок лён шерсть кожа силикон резина стекло фарфор керамика пробка медь "
                "латунь титан бархат гранит мрамор бумага войлок"
            ).split(),
            (
                "чайник лампа стул стол полка ящик зеркало часы ваза миска тарелка чашка кружка мельница нож ложка вилка "
                "кастрюля сковорода поднос корзина ведро щётка губка полотенце одеяло подушка штора ковёр матрас диван "
                "тетрадь карандаш конверт монитор клавиатура мышь колонка микрофон камера штатив кабель батарея фонарь "
                "дрель молоток пила ключ лестница валик палатка рюкзак термос куртка рубашка шарф велосипед насос мяч "
                "кукла барабан гитара скрипка флейта"
            ).split(),
            (
                "чёрный белый серый серебряный золотой красный оранжевый жёлтый оливковый зелёный бирюзовый синий голубой "
                "фиолетовый розовый бежевый коричневый"
            ).split(),
        ),
        "Дом Кухня Офис Сад Спорт Путешествия Инструменты Музыка Игрушки Одежда".split(),
    ),
    "pl": Vocabulary(
        (
            (
                "kompaktowy solidny cichy składany regulowany wodoszczelny bezprzewodowy przenośny ocieplany wzmocniony "
                "ergonomiczny magnetyczny dwustronny miękki szczotkowany matowy klasyczny nowoczesny ciężki lekki "
                "dziecięcy modułowy zmywalny kuty tkany dziergany hartowany drukowany"
            ).split(),
            (
                "stal dąb orzech buk bambus bawełna len wełna skóra silikon guma szkło porcelana ceramika korek miedź "
                "mosiądz tytan aksamit granit marmur papier filc"
            ).split(),
            (
                "czajnik lampa krzesło stół półka szuflada lustro zegar wazon miska talerz filiżanka kubek młynek nóż "
                "łyżka widelec patelnia taca koszyk wiadro miotła gąbka ręcznik koc poduszka zasłona dywan materac zeszyt "
                "ołówek koperta klawiatura mysz głośnik kamera statyw kabel bateria latarka wiertarka młotek piła drabina "
                "wałek namiot plecak bidon kurtka koszula szalik rower pompka rakieta piłka lalka bęben gitara skrzypce "
                "flet"
            ).split(),
            (
                "czarny biały szary srebrny złoty czerwony pomarańczowy żółty oliwkowy zielony turkusowy niebieski "
                "fioletowy różowy beżowy brązowy"
            ).split(),
        ),
        "Dom Kuchnia Biuro Ogród Sport Podróże Narzędzia Muzyka Zabawki Odzież".split(),
    ),
}
SYLLABLES = "ba be bo da de do fa fe ka ke ko la le lo ma me mo na ne no pa pe ra re ro sa se so ta te to va ve vi zo".split()
