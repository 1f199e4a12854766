"""Words that titles, brands and categories of generated products are made of."""

# ruff: noqa: SIM905  # as lists they would take a line each

QUALITIES = (
    "compact robust silent foldable adjustable waterproof wireless portable insulated reinforced ergonomic magnetic "
    "rechargeable reversible padded telescopic anodised brushed polished matte classic modern vintage slim heavy light "
    "professional junior senior universal modular stackable washable breathable recycled organic handmade forged "
    "seamless quilted woven knitted coated galvanised tempered laminated printed embroidered"
).split()
MATERIALS = (
    "steel aluminium oak walnut beech bamboo cotton linen wool leather silicone rubber glass porcelain ceramic cork "
    "copper brass titanium carbon polyester nylon velvet denim granite marble paper cardboard acrylic felt"
).split()
THINGS = (
    "kettle lamp chair table shelf drawer cabinet mirror clock vase bowl plate cup mug teapot grinder knife spoon fork "
    "pan pot lid tray basket bucket broom brush sponge towel blanket pillow curtain carpet mattress sofa desk notebook "
    "pencil stapler folder envelope printer scanner monitor keyboard mouse headset speaker microphone camera tripod "
    "charger cable adapter battery torch drill hammer saw wrench pliers screwdriver ladder paint roller tape glue rope "
    "tent backpack bottle thermos jacket trousers shirt sweater scarf glove boot sandal helmet bicycle pump saddle "
    "racket ball net glider puzzle doll robot kite drum guitar violin flute"
).split()
COLOURS = (
    "black white grey silver golden red crimson orange amber yellow olive green teal turquoise blue navy violet purple "
    "magenta pink beige brown ivory anthracite"
).split()
SYLLABLES = "ba be bo da de do fa fe ka ke ko la le lo ma me mo na ne no pa pe ra re ro sa se so ta te to va ve vi zo".split()
DEPARTMENTS = "Home Kitchen Office Garden Sport Travel Tools Music Toys Fashion".split()
