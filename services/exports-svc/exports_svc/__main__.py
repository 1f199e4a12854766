from exports_svc.main import main

main()
