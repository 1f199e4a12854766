from productsmanager.app import main

main()
