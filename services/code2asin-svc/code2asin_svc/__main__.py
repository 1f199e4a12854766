from code2asin_svc.main import main

main()
